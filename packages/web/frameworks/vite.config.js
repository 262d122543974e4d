import { svelte } from "@sveltejs/vite-plugin-svelte";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";
import { markup } from "./react18/markup.js";

const pages = ["angular", "react18", "react18-server", "svelte", "turbo", "turbo-other", "vue"];

export default defineConfig({
  // Development builds: `StrictMode` mounts twice in them only.
  define: { "process.env.NODE_ENV": JSON.stringify("development") },
  plugins: [
    vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === "bank-relink" } } }),
    svelte(),
    // As a server would render it for each customer.
    { name: "server-rendering", transformIndexHtml: (html) => html.replace("<!-- rendered -->", markup) },
  ],
  build: { rollupOptions: { input: pages.map((page) => `${page}.html`) } },
});
