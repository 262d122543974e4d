import "@hotwired/turbo";
import { loadRelink } from "@relink/web";
import { server } from "../page.js";

loadRelink({ server: server() });
let loads = 0;
addEventListener("turbo:load", () => (document.getElementById("count").textContent = ++loads));
