import { StrictMode, createElement } from "react";
import { hydrateRoot } from "react-dom/client";
import { server } from "../page.js";
import { Account } from "./account.js";

hydrateRoot(document.getElementById("root"), createElement(StrictMode, null, createElement(Account, { server: server() })));
