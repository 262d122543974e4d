/** Rendered once, at build time: the shop's server has no Next.js. */
export default {
  output: "export",
  basePath: "/next",
  reactStrictMode: true,
  // The folder with the lock file, and not one above it.
  turbopack: { root: import.meta.dirname },
};
