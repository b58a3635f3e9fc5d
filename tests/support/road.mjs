// The road between a shopper and the stack: it can be long, blocked or broken, and counts what passes.

import { createServer, request } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { certificate } from './certificate.mjs';
import { startLine } from './line.mjs';

/**
 * Starts a server in front of `stack`, with pages of its own: `pages` has their HTML by path, scripts end in `.js`; a page may
 * be a function of the road. `origin` is the shop's, `api` the endpoint's, which are one and the same.
 *
 * Unless it is `far`: then both speak TLS, the endpoint is on another site at the end of a line (`line.mjs`), and there is a
 * new connection for each of its requests. `cut()` and `mend()` are the line's.
 *
 * `posts` lists each event posted, `{ id, kind, email, at, status, isNew, age }`; status 0 if it got no answer, `age` of its
 * connection in milliseconds. `delay` is the round trip of a post in milliseconds, of a far road that of every byte; `fault(post)` may
 * name another answer, `{ status, headers }`, or `'reset'`.
 */
export async function startRoad(stack, pages, { far = false } = {}) {
  const road = { posts: [], delay: 0, fault: undefined };
  const opened = new WeakMap();
  const handler = async (incoming, reply) => {
    const { pathname } = new URL(incoming.url, 'http://road');
    const page = typeof pages[pathname] === 'function' ? pages[pathname](road) : pages[pathname];
    if (page !== undefined) {
      const { html, headers } = typeof page === 'string' ? { html: page } : page;
      const type = pathname.endsWith('.js') ? 'text/javascript' : 'text/html';
      reply.writeHead(200, { 'content-type': `${type};charset=utf-8`, 'cache-control': 'no-cache', ...headers });
      return reply.end(html);
    }
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const isPost = incoming.method === 'POST';
    const post = { at: Date.now(), status: 0, isNew: false, age: performance.now() - opened.get(incoming.socket) };
    if (isPost) {
      const { eventId, email } = JSON.parse(body);
      Object.assign(post, { kind: pathname.split('/track-')[1], id: eventId, email });
      road.posts.push(post);
      const fault = road.fault?.(post);
      if (fault === 'reset') return incoming.socket.resetAndDestroy();
      if (fault) {
        post.status = fault.status;
        reply.writeHead(fault.status, {
          'content-type': 'application/json',
          'access-control-allow-origin': '*',
          'access-control-expose-headers': 'Retry-After',
          connection: far ? 'close' : 'keep-alive',
          ...fault.headers,
        });
        return reply.end('{"success":false,"error":"not now"}');
      }
      if (!far) await sleep(road.delay / 2);
      // Whoever hung up on the way has sent nothing; what comes by the line has been on its way.
      if (!far && incoming.socket.destroyed) return;
    }
    const headers = { ...incoming.headers, host: new URL(stack.origin).host, 'accept-encoding': 'identity' };
    const onward = request(stack.origin + incoming.url, { method: incoming.method, headers }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      const text = Buffer.concat(parts);
      if (isPost) {
        post.status = answer.statusCode;
        post.isNew = answer.statusCode < 300 && JSON.parse(text).data?.alreadyExists === false;
        if (!far) await sleep(road.delay / 2);
      }
      reply.writeHead(answer.statusCode, { ...answer.headers, connection: far ? 'close' : 'keep-alive' });
      reply.end(text);
    });
    onward.on('error', () => incoming.socket.destroy());
    onward.end(body);
  };

  const servers = [];
  const start = async () => {
    const server = far ? createSecureServer(certificate, handler) : createServer(handler);
    server.on(far ? 'secureConnection' : 'connection', (socket) => opened.set(socket, performance.now()));
    servers.push(server);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  };
  const shop = await start();
  const { port } = shop.address();
  road.origin = road.api = `http://127.0.0.1:${port}`;
  if (far) {
    const endpoint = await start();
    const line = await startLine(endpoint.address().port);
    Object.defineProperty(line, 'roundTrip', { get: () => road.delay });
    Object.assign(road, { origin: `https://shop.localhost:${port}`, api: `https://127.0.0.1:${line.port}`, cut: line.cut, mend: line.mend });
  }
  road.stop = async () => {
    await road.cut?.().catch(() => {});
    for (const server of servers) server.closeAllConnections();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  };
  return road;
}

export const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** Polls until `read` gives something true; fails with what it gave last. */
export async function until(read, what, seconds = 20) {
  let got;
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await sleep(50)) {
    got = await read();
    if (got) return got;
  }
  throw new Error(`${what}: ${JSON.stringify(got)}`);
}
