// The road between a shopper and the stack: it can be long, blocked or broken, and counts what passes.

import { createServer, request } from 'node:http';

/**
 * Starts a server in front of `stack`, with pages of its own: `pages` has their HTML by path, scripts end in `.js`.
 *
 * `posts` lists each event posted, `{ id, kind, at, status, isNew }`; status 0 if it got no answer. `delay` is the
 * round trip of a post in milliseconds; `fault(post)` may name another answer, `{ status, headers }`, or `'reset'`.
 */
export async function startRoad(stack, pages) {
  const road = { posts: [], delay: 0, fault: undefined };
  const server = createServer(async (incoming, reply) => {
    const { pathname } = new URL(incoming.url, 'http://road');
    const page = pages[pathname];
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
    const post = { at: Date.now(), status: 0, isNew: false };
    if (isPost) {
      Object.assign(post, { kind: pathname.split('/track-')[1], id: JSON.parse(body).eventId });
      road.posts.push(post);
      const fault = road.fault?.(post);
      if (fault === 'reset') return incoming.socket.resetAndDestroy();
      if (fault) {
        post.status = fault.status;
        reply.writeHead(fault.status, {
          'content-type': 'application/json',
          'access-control-allow-origin': '*',
          'access-control-expose-headers': 'Retry-After',
          ...fault.headers,
        });
        return reply.end('{"success":false,"error":"not now"}');
      }
      await sleep(road.delay / 2);
      // Whoever hung up on the way has sent nothing.
      if (incoming.socket.destroyed) return;
    }
    const headers = { ...incoming.headers, host: new URL(stack.origin).host, 'accept-encoding': 'identity' };
    const onward = request(stack.origin + incoming.url, { method: incoming.method, headers }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      const text = Buffer.concat(parts);
      if (isPost) {
        post.status = answer.statusCode;
        post.isNew = answer.statusCode < 300 && JSON.parse(text).data?.alreadyExists === false;
        await sleep(road.delay / 2);
      }
      reply.writeHead(answer.statusCode, answer.headers);
      reply.end(text);
    });
    onward.on('error', () => incoming.socket.destroy());
    onward.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(road, {
    origin: `http://127.0.0.1:${server.address().port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  });
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
