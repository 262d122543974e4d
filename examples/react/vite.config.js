import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The shop of `cargo xtask demo`, with its sessions and tokens. */
const shop = "http://127.0.0.1:4282";
const relink = "http://127.0.0.1:4280";

export default defineConfig(({ command }) => ({
  plugins: [
    react(),
    // In a built page, the shop's server fills in the origin, which may differ each time.
    command === "serve" && { name: "relink-server", transformIndexHtml: (html) => html.replaceAll("{{relink}}", relink) },
  ],
  server: { host: "127.0.0.1", port: 5173, strictPort: true, proxy: { "/account": shop } },
}));
