import { createApp } from "vue";
import { loadRelink } from "@relink/web";
import { server } from "../page.js";
import Account from "./Account.vue";

loadRelink({ server: server() });
createApp(Account).mount("#root");
