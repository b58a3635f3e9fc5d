// Whoever gets webhooks: a server on this machine that answers as it is told, and keeps what it was sent.

import { createServer } from 'node:http';

/**
 * `answer` says what a path answers: a status, or `undefined` for nothing, ever; `{ status, headers }` with headers. It is given
 * how many requests came to that path before.
 */
export async function startReceiver(answer = {}) {
  const requests = [];
  const waiting = new Set();
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = request.url;
    const before = requests.filter((other) => other.path === path).length;
    requests.push({ path, method: request.method, headers: request.headers, body: Buffer.concat(chunks).toString(), at: Date.now() });
    for (const look of waiting) look();
    const what = typeof answer[path] === 'function' ? answer[path](before) : path in answer ? answer[path] : 204;
    if (what === undefined) return;
    const { status, headers } = typeof what === 'number' ? { status: what } : what;
    response.writeHead(status, headers).end(status === 204 ? undefined : 'what a receiver says');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;

  return {
    origin,
    requests,
    at: (path) => requests.filter((request) => request.path === path),
    /** Resolves with the requests to a path, once there are so many. */
    wait(path, count, seconds = 30) {
      return new Promise((resolve, reject) => {
        const found = () => requests.filter((request) => request.path === path);
        const late = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`${path}: ${found().length} of ${count} after ${seconds} s`));
        }, seconds * 1000);
        const look = () => {
          if (found().length < count) return;
          clearTimeout(late);
          waiting.delete(look);
          resolve(found());
        };
        waiting.add(look);
        look();
      });
    },
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
