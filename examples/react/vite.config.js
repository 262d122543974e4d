import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The shop of `cargo xtask demo`: who is signed in, and the token that says so. */
const shop = "http://127.0.0.1:4282";
const relink = "http://127.0.0.1:4280";

export default defineConfig(({ command }) => ({
  plugins: [
    react(),
    // A built page is filled in by the shop's server, as it may be another one each time.
    command === "serve" && { name: "relink-server", transformIndexHtml: (html) => html.replaceAll("{{relink}}", relink) },
  ],
  server: { host: "127.0.0.1", port: 5173, strictPort: true, proxy: { "/account": shop } },
}));
