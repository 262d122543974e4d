// Starts the program. A file of its own, so that the page's security policy needs no inline script.
// Trunk names the program's files in the page's preload links.
const address = (selector) => document.querySelector(selector).href;

try {
  const { default: init } = await import(address('link[rel="modulepreload"]'));
  await init({ module_or_path: address('link[rel="preload"][as="fetch"]') });
} catch (error) {
  console.error(error);
  const message = document.getElementById("not-started").content;
  document.getElementById("relink").replaceChildren(message.cloneNode(true));
}
