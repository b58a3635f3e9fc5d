// The Workers that are measured, on the same workerd, each over a KV namespace of its own.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

// The very runtime that wrangler brings along.
const { Miniflare } = createRequire(createRequire(import.meta.url).resolve('wrangler'))('miniflare');

const ROOT = new URL('../../', import.meta.url);
export const [OURS, HONO, FLOOR] = ['RocketTracker', 'the same in TypeScript with Hono', 'its calls to KV and the limiter alone'];
export const SECRETS = { LEDGER_SECRET: 'of the benchmark', ADMIN_TOKEN: 'of-the-benchmark' };

const read = (path) => readFile(new URL(path, ROOT));
const texts = (all = {}) => Object.fromEntries(Object.entries(all).map(([name, value]) => [name, { type: 'text', value }]));
const script = (contents) => ({ 'worker.js': { type: 'esm', contents: contents.toString() } });

const makeOurs = async (part) => ({
  ...script(await read(`edge/build/${part}/index.js`)),
  'index_bg.wasm': { type: 'wasm', contents: await read(`edge/build/${part}/index_bg.wasm`) },
});

/** `{ FILE: { type, contents }, … }`: the modules of our Worker that shoppers' browsers call, and of the one behind it. */
export const makeFront = () => makeOurs('front');
export const makeBack = () => makeOurs('back');

/** `{ NAME: { FILE: { type, contents }, … } }`: the modules of each Worker, the first the one that answers. */
export async function makeBundles() {
  const hono = await build({
    entryPoints: [new URL('bench/hono/index.ts', ROOT).pathname],
    nodePaths: [new URL('bench/edge/node_modules', ROOT).pathname],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return {
    [OURS]: await makeFront(),
    [HONO]: script(hono.outputFiles[0].text),
    [FLOOR]: script(await read('bench/edge/floor.mjs')),
  };
}

/** As wrangler counts what it uploads. */
export const gzipped = (modules) => gzipSync(Buffer.concat(Object.values(modules).map(({ contents }) => Buffer.from(contents))), { level: 9 }).length;

/**
 * Starts Workers, which keep their things in `persist`, if that is given; `origins[NAME]` is where each answers, without anything in
 * front of it. `back` are the modules of the one behind ours, and `secrets` what it has otherwise: without it, ours does what it does by
 * itself.
 */
export async function start(bundles, { persist, back, secrets } = {}) {
  const [, date] = /compatibility_date = "(.*)"/.exec(await readFile(new URL('wrangler.toml', ROOT), 'utf8'));
  const unlimited = (namespace) => ({ type: 'rate-limit', namespace, simple: { limit: 1_000_000_000, period: 60 } });
  const names = Object.keys(bundles);
  const worker = (name, modules, ledger, more) => ({
    config: {
      name,
      compatibilityDate: date,
      manifest: { mainModule: Object.keys(modules)[0], modulesRoot: '/', modules },
      env: {
        LEDGER: { type: 'kv', id: ledger },
        GENERAL_LIMIT: unlimited('1'),
        PUBLIC_WRITES_LIMIT: unlimited('2'),
        PUBLIC_READS_LIMIT: unlimited('3'),
        ...texts(SECRETS),
        ...more,
      },
    },
    dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] },
  });
  const workers = names.flatMap((name, index) => {
    const [own, ledger] = [`worker${index}`, `ledger${index}`];
    if (name !== OURS || !back) return [worker(own, bundles[name], ledger)];
    return [worker(own, bundles[name], ledger, { BACK: { type: 'worker', worker: 'back' } }), worker('back', back, ledger, texts(secrets))];
  });
  const miniflare = new Miniflare({ cf: false, resourcePersistencePath: persist, workers });
  await miniflare.ready;
  const origins = {};
  const ledgers = {};
  for (const [index, name] of names.entries()) {
    origins[name] = (await miniflare.unsafeGetDirectURL(`worker${index}`)).origin;
    ledgers[name] = await miniflare.getKVNamespace('LEDGER', `worker${index}`);
  }
  if (back) origins.back = (await miniflare.unsafeGetDirectURL('back')).origin;
  return { origins, ledgers, close: () => miniflare.dispose() };
}

/** Makes the contest `demo` by our own API, and puts the same into the store of the others; gives a private key. */
export async function seed({ origins, ledgers }) {
  const ask = async (path, body, headers) => {
    const answer = await fetch(origins[OURS] + path, { method: 'POST', body: JSON.stringify(body), headers });
    const { success, error, data } = await answer.json();
    if (!success) throw new Error(`${path}: ${error}`);
    return data;
  };
  const { key } = await ask('/api/v1/keys', { team: 'bench', kind: 'private' }, { authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` });
  // What the other does not do.
  const trust = { selfReferral: 'off', sameBrowser: 'off', bots: 'off', disposable: 'off' };
  const settings = { trust, points: { signup: { advocate: 10, friend: 5 }, purchase: { perUnit: { advocate: 1, friend: 0 } } } };
  await ask('/api/v1/contests', { id: 'demo', title: 'Demo', status: 'active', settings }, { 'x-api-key': key });
  const participants = [{ email: 'jane@example.com', name: 'Jane Doe', referralCode: 'REF-XYZ789' }];
  await ask('/api/v1/contests/demo/import', { participants }, { 'x-api-key': key });
  const { keys } = await ledgers[OURS].list();
  for (const { name } of keys) {
    const { value, metadata } = await ledgers[OURS].getWithMetadata(name);
    for (const other of Object.keys(ledgers).filter((other) => other !== OURS)) await ledgers[other].put(name, value, { metadata });
  }
  return key;
}
