// A merchant's webhook endpoint on loopback.
import { createServer } from 'node:http';

/** Listens and calls `heard` with each message; responds with the status that it returns, or with 200. */
export async function listen(heard) {
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    response.writeHead(heard({ body, signature: request.headers['stripe-signature'] }) ?? 200).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/webhooks`;
  return { url, close: () => (server.closeAllConnections(), server.close()) };
}
