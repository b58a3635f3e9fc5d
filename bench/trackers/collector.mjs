// The endpoint of every tracker, far away by TLS: serves the scripts, takes events, and counts them by id. And the shop.

import { createSecureServer } from 'node:http2';
import { createServer } from 'node:https';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { brotliCompressSync, gunzipSync } from 'node:zlib';
import { certificate } from '../../tests/support/certificate.mjs';
import { startLine } from '../../tests/support/line.mjs';

const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };

/** What at least one of the trackers wants to read. */
const ANSWER = JSON.stringify({ success: true, status: 1, code: 200, data: {} });

/**
 * `roots`: folders whose files are served. `seen` counts by id; `first` is when the first event had arrived, in milliseconds since
 * 1970; `bytes` has what was sent of each file. `roundTrip`, `cut()` and `mend()` are the line's.
 */
export async function startCollector(roots) {
  const found = {};
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, 'http://collector');
    const cors = {
      'access-control-allow-origin': request.headers.origin ?? '*',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
    };
    if (request.method === 'OPTIONS') return response.writeHead(204, cors).end();
    if (request.method === 'GET') {
      found[pathname] ??= await find(roots, pathname);
      const file = found[pathname];
      if (!file) return response.writeHead(404, cors).end();
      line.bytes.set(pathname, file.length);
      const headers = { ...cors, 'content-type': TYPES[extname(pathname)], 'content-encoding': 'br', 'cache-control': 'no-store' };
      return response.writeHead(200, headers).end(file);
    }
    const arrived = performance.timeOrigin + performance.now();
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    line.first ??= arrived;
    for (const id of new Set(read(Buffer.concat(chunks)).match(/id-\w+/g))) line.seen.set(id, (line.seen.get(id) ?? 0) + 1);
    response.writeHead(200, { ...cors, 'content-type': 'application/json' }).end(ANSWER);
  };
  // A connection that is cut takes what was on it along.
  const server = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => void answer(request, response).catch(() => {}));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const line = await startLine(server.address().port);
  const close = () => line.cut().then(() => server.close());
  return Object.assign(line, { origin: `https://127.0.0.1:${line.port}`, seen: new Map(), bytes: new Map(), close });
}

/** An event as text, whatever a tracker makes of it. */
function read(body) {
  if (body[0] === 0x1f && body[1] === 0x8b) return gunzipSync(body).toString();
  const text = body.toString();
  const encoded = new URLSearchParams(text).get('data');
  return encoded ? text + Buffer.from(encoded, 'base64') : text;
}

async function find(roots, pathname) {
  if (pathname.includes('..') || !TYPES[extname(pathname)]) return undefined;
  for (const root of roots) {
    const file = await readFile(new URL(`.${pathname}`, root)).catch(() => undefined);
    if (file) return brotliCompressSync(file);
  }
  return undefined;
}

/** The shop, on a site of its own and near: the same page under every path, with the tag of one tracker. */
export async function startShop(tag, track) {
  const page = `<!doctype html><meta charset=utf-8><title>Shop</title><link rel=icon href="data:,">${tag}
    <h1>A shop</h1><p><a id=buy href="/thanks">Buy</a>`;
  const script = `document.addEventListener('click', (event) => {
    if (event.target.id === 'buy') (${track})(event.target.dataset.id);
  });`;
  const server = createServer(certificate, (request, response) => {
    const isScript = request.url === '/shop.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? script : `${page}<script src=/shop.js></script>`);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `https://shop.localhost:${server.address().port}`, close: () => server.closeAllConnections() ?? server.close() };
}
