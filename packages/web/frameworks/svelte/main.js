import { mount } from "svelte";
import Account from "./Account.svelte";

mount(Account, { target: document.getElementById("root") });
