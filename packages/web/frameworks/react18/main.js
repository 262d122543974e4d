import { StrictMode, createElement } from "react";
import { createRoot } from "react-dom/client";
import { server } from "../page.js";
import { Account } from "./account.js";

createRoot(document.getElementById("root")).render(createElement(StrictMode, null, createElement(Account, { server: server() })));
