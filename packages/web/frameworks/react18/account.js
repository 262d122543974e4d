import { createElement as h, useState } from "react";
import { BankRelink } from "@relink/web/react";
import { getToken } from "../page.js";

/** The page draws itself anew with each press, and takes the element away and back. */
export function Account({ server }) {
  const [count, setCount] = useState(0);
  const [isShown, setShown] = useState(true);
  const [repaired, setRepaired] = useState(0);
  return h(
    "main",
    null,
    h("button", { id: "again", onClick: () => setCount(count + 1) }, "Again"),
    h("button", { id: "toggle", onClick: () => setShown(!isShown) }, "Toggle"),
    h("output", { id: "count" }, count),
    h("output", { id: "repaired" }, repaired),
    // A new function and a new object with each drawing, as many write it.
    isShown && h(BankRelink, { server, getToken: () => getToken(), onSuccess: (news) => setRepaired(repaired + news.repaired.length) }),
  );
}
