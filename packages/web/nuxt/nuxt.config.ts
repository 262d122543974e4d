/** Rendered once, at build time: the shop's server has no Nuxt. */
export default defineNuxtConfig({
  compatibilityDate: "2026-01-01",
  telemetry: false,
  devtools: { enabled: false },
  app: {
    baseURL: "/nuxt/",
    head: { title: "Your account · Northwind", htmlAttrs: { lang: "en" }, link: [{ rel: "icon", href: "data:," }] },
  },
  // Without it, the payload of the only page is a file of its own.
  experimental: { payloadExtraction: false },
  vue: { compilerOptions: { isCustomElement: (tag) => tag === "bank-relink" } },
});
