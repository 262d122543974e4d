import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Account } from "./account";
import "./shop.css";

const server = document.querySelector<HTMLMetaElement>("meta[name=relink-server]")?.content ?? location.origin;
const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root");

createRoot(root).render(
  <StrictMode>
    <Account server={server} />
  </StrictMode>,
);
