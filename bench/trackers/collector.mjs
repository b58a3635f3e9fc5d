// The endpoint of every tracker: serves the scripts, answers events after a delay, or not at all, and counts them by id.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';

const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };

/** `files` gives the content of a path, or nothing. */
async function listen(handler) {
  const server = createServer(handler);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${server.address().port}`, close: () => server.closeAllConnections() ?? server.close() };
}

/** `roots`: folders whose files are served. `latency`, `down` and what was counted may be changed at any time. */
export async function startCollector(roots) {
  const collector = { latency: 0, down: false, seen: new Map(), first: undefined, scripts: new Map() };
  const started = await listen(async (request, response) => {
    const { pathname, search } = new URL(request.url, 'http://collector');
    const cors = {
      'access-control-allow-origin': request.headers.origin ?? '*',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'content-type',
    };
    const file = request.method === 'GET' ? await find(roots, pathname) : undefined;
    if (file) {
      collector.scripts.set(pathname, file);
      response.writeHead(200, { ...cors, 'content-type': TYPES[extname(pathname)] ?? 'text/plain', 'cache-control': 'no-store' });
      return response.end(file);
    }
    const arrived = performance.timeOrigin + performance.now();
    let body = search;
    for await (const chunk of request) body += chunk;
    if (collector.down) return request.socket.destroy();
    if (request.method === 'OPTIONS') {
      await pause(collector.latency);
      response.writeHead(204, cors);
      return response.end();
    }
    collector.first ??= arrived;
    for (const id of new Set(body.match(/id-\w+/g))) collector.seen.set(id, (collector.seen.get(id) ?? 0) + 1);
    await pause(collector.latency);
    response.writeHead(200, { ...cors, 'content-type': 'application/json' });
    response.end('{"success":true,"status":1,"data":{}}');
  });
  return Object.assign(collector, started);
}

/** The shop: the same page under every path, with the tag of one tracker. */
export async function startShop(tag, track) {
  const page = `<!doctype html><meta charset=utf-8><title>Shop</title><link rel=icon href="data:,">${tag}
    <h1>A shop</h1><p><a id=buy href="/thanks">Buy</a>`;
  const script = `document.addEventListener('click', (event) => {
    if (event.target.id === 'buy') (${track})(event.target.dataset.id);
  });`;
  return listen((request, response) => {
    const isScript = request.url === '/shop.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? script : `${page}<script src=/shop.js></script>`);
  });
}

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

async function find(roots, pathname) {
  if (pathname.includes('..') || !extname(pathname)) return undefined;
  for (const root of roots) {
    const file = await readFile(new URL(`.${pathname}`, root)).catch(() => undefined);
    if (file) return file;
  }
  return undefined;
}
