// A site that has pasted the tag: another site than the endpoint's, as everybody's is, under the documented policy.

import { createServer } from 'node:http';

/**
 * What goes wrong in a page, kept over its navigations where the browser keeps anything: what is thrown and not caught, what
 * the policy forbids, what is written to the console.
 */
const RECORDER = `{
  const note = (text) => {
    window.noise.push(text);
    try { sessionStorage.noise = JSON.stringify(window.noise); } catch {}
  };
  window.noise = [];
  try { window.noise = JSON.parse(sessionStorage.noise || '[]'); } catch {}
  addEventListener('error', (event) => note('thrown: ' + event.message));
  addEventListener('unhandledrejection', (event) => note('rejected: ' + event.reason));
  addEventListener('securitypolicyviolation', (event) => note('forbidden: ' + event.violatedDirective + ' ' + event.blockedURI));
  for (const name of ['log', 'info', 'warn', 'error', 'debug']) console[name] = (...words) => note(name + ': ' + words.join(' '));
}`;

/**
 * Serves `pages`, `{ head, body, sandbox }` by path, and `scripts`; a page's policy allows no inline script. `move()` makes it
 * another site that no browser has kept anything of: `origin` is then on another subdomain of another `parent`, both of which
 * are this machine to every browser.
 */
export async function startSite(stack) {
  const pages = {};
  const scripts = { '/recorder.js': RECORDER };
  const policy = `script-src 'self' ${stack.origin} 'wasm-unsafe-eval'; connect-src ${stack.origin}`;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://site');
    if (pathname in scripts) return response.writeHead(200, { 'content-type': 'text/javascript' }).end(scripts[pathname]);
    if (!(pathname in pages)) return response.writeHead(404).end();
    const { head = '', body = '', sandbox = '' } = pages[pathname];
    response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-cache', 'content-security-policy': policy + sandbox });
    response.end(`<!doctype html><meta charset=utf-8><title>A shop</title><script src=/recorder.js></script>${head}<body>${body}`);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  let moves = 0;
  return {
    pages,
    scripts,
    move() {
      moves += 1;
      this.parent = `http://shop-${moves}.localhost:${port}`;
      this.origin = this.parent.replace('//', '//www.');
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
