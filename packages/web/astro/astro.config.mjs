import react from "@astrojs/react";

/** Rendered once, at build time: the shop's server has no Astro. */
export default { base: "/astro", integrations: [react()], outDir: "out" };
