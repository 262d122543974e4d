import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { Account } from "./account.js";

/** HTML as a server sends it before the page's script runs; the shop's server fills in the origin. */
export const markup = renderToString(createElement(Account, { server: "{{relink}}" }));
