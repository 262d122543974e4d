// Tests of the installed package without a page, as in server-side rendering. Run in an application that has it
// installed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { loadRelink } from "@relink/web";
import { BankRelink } from "@relink/web/react";

const server = "https://relink.shop.example";

test("on a server the component is an element with its attributes, its class and what it has until it is loaded", () => {
  const props = { server, account: "fca_1", tokenUrl: "/token", className: "bank", getToken: () => "t", onSuccess() {} };
  const markup = renderToStaticMarkup(createElement(BankRelink, { ...props, id: "b", "aria-label": "Bank" }, "One moment"));
  assert.equal(
    markup,
    '<bank-relink id="b" aria-label="Bank" server="https://relink.shop.example" account="fca_1" token-url="/token" class="bank">' +
      "One moment</bank-relink>",
  );
});

test("rendering on a server complains of nothing", (context) => {
  const complain = context.mock.method(console, "error", () => {});
  renderToStaticMarkup(createElement(BankRelink, { server }));
  assert.deepEqual(complain.mock.calls, []);
});

test("without a page the element can't be loaded, and says so", async () => {
  await assert.rejects(loadRelink({ server }), /for browsers/);
});
