// A site of its own: the npm package as `npm pack` makes it, in a new Vite project with React and TypeScript.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';

const ROOT = new URL('../..', import.meta.url).pathname;
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

const execute = promisify(execFile);

/** Runs a program to its end and says how long it took; what it printed is part of the failure. */
async function step(name, program, args, options) {
  const started = performance.now();
  console.log(`${name} …`);
  const { stdout } = await execute(program, args, options).catch((error) => {
    throw new Error(`${name}: ${error.message}\n${error.stdout}`);
  });
  console.log(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return stdout;
}

/** Makes the project and installs the package that the build has made; `packed` is what `npm pack` said of it. */
export async function makeShop() {
  const directory = await mkdtemp(join(tmpdir(), 'rockettracker-shop-'));
  const quietly = ['--loglevel=error', '--no-audit', '--no-fund'];
  await cp(join(ROOT, 'tests/npm/shop'), directory, { recursive: true, filter: (path) => !path.includes('node_modules') });
  const built = join(ROOT, 'target/npm');
  const [packed] = JSON.parse(await readFile(join(built, 'pack.json'), 'utf8'));
  await step('npm ci (React, Vite, TypeScript)', 'npm', ['ci', ...quietly], { cwd: directory });
  await step(`npm install ${packed.filename}`, 'npm', ['install', ...quietly, join(built, packed.filename)], { cwd: directory });
  return {
    directory,
    packed,
    run: (name, program, ...args) => step(name, program, args, { cwd: directory, env: environment(directory) }),
    stop: () => rm(directory, { recursive: true, force: true }),
  };
}

const environment = (directory, more) => ({ ...process.env, PATH: `${join(directory, 'node_modules/.bin')}:${process.env.PATH}`, ...more });

/**
 * Builds the project's pages for the script of `host`, and serves them from an origin of their own under the policy
 * that the documentation asks for; with `?nonce`, scripts of other origins need that.
 */
export async function openShop(shop, host) {
  await step('vite build', 'npm', ['exec', '--', 'vite', 'build', '--logLevel=warn'], { cwd: shop.directory, env: environment(shop.directory, { VITE_HOST: host }) });
  const policy = (allowed) => `default-src 'self'; script-src 'self' ${allowed} 'wasm-unsafe-eval'; connect-src ${host}; img-src data:`;
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://shop');
    const nonce = searchParams.get('nonce');
    const name = extname(pathname) ? pathname : '/index.html';
    try {
      const body = await readFile(join(shop.directory, 'dist', name));
      response.writeHead(200, { 'content-type': TYPES[extname(name)], 'content-security-policy': policy(nonce ? `'nonce-${nonce}'` : host) }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
