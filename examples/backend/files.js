// Serves a folder: fills in placeholders in pages, and compresses each file once.
import { readFile, stat } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".txt": "text/plain; charset=utf-8",
};
const PACKED = { br: brotliCompressSync, gzip: gzipSync };

/** Returns a handler that serves files of `folder`, and fills in `words` in pages. */
export function files(folder) {
  const kept = new Map();

  /** Finds the file of a path: `/orders` is `orders.html`, and a folder is its `index.html`. */
  async function find(pathname) {
    const path = normalize(decodeURIComponent(pathname));
    if (path.split(sep).includes("..")) return null;
    for (const name of [path, `${path}.html`, join(path, "index.html")]) {
      const file = join(folder, name);
      const found = await stat(file).catch(() => null);
      if (found?.isFile()) return { file, changed: found.mtimeMs };
    }
    return null;
  }

  async function load({ file, changed }, encoding, words) {
    const name = `${encoding} ${file} ${changed} ${Object.values(words)}`;
    if (kept.has(name)) return kept.get(name);
    let body = await readFile(file);
    if (extname(file) === ".html") {
      const fill = (text, [word, value]) => text.replaceAll(word, value);
      body = Buffer.from(Object.entries(words).reduce(fill, body.toString()));
    }
    body = PACKED[encoding]?.(body) ?? body;
    kept.set(name, body);
    return body;
  }

  return async (request, response, pathname, words) => {
    const found = await find(pathname).catch(() => null);
    if (!found) {
      return response.writeHead(404, { "Content-Type": TYPES[".txt"] }).end("There is nothing here.\n");
    }
    const type = TYPES[extname(found.file)] ?? "application/octet-stream";
    const accepted = (request.headers["accept-encoding"] ?? "").split(",").map((one) => one.trim().split(";")[0]);
    const encoding = type.startsWith("image/png") ? undefined : Object.keys(PACKED).find((one) => accepted.includes(one));
    const headers = { "Content-Type": type, "Cache-Control": "no-cache", Vary: "Accept-Encoding" };
    if (encoding) headers["Content-Encoding"] = encoding;
    const body = await load(found, encoding, words);
    return response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : body);
  };
}
