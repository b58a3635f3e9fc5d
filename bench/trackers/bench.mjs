// `cargo xtask bench trackers`: the script beside published ones, in the same page, on the same endpoint, in one run, taking
// turns. Prints a table in Markdown. `--tries N` for the events, `--runs N` for the times.

import { brotliCompressSync, constants } from 'node:zlib';
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { build } from 'esbuild';
import { startCollector, startShop } from './collector.mjs';

const { values } = parseArgs({ options: { tries: { type: 'string', default: '200' }, runs: { type: 'string', default: '15' } } });
const TRIES = Number(values.tries);
const RUNS = Number(values.runs);

const here = new URL('.', import.meta.url);
const built = new URL('../../target/bench/', here);
const dist = new URL('../../dist/', here);
const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

const published = (name) => ({ tag: (origin) => `<script src="${origin}/${name}.js" async></script>`, track: '(id) => window.track(id)' });
const TRACKERS = {
  RocketTracker: {
    tag: (origin) => `<script src="${origin}/referral-tracker.js?campaignId=bench" async></script>`,
    track: "(id) => window.RocketTracker.trackPurchase(id, 10, 'USD', 'joe@example.com')",
  },
  Plausible: published('plausible'),
  Snowplow: published('snowplow'),
  PostHog: published('posthog'),
};
const USABLE = () => typeof window.track === 'function' || typeof window.RocketTracker?.trackPurchase === 'function';

const note = (text) => process.stderr.write(`${text}\n`);
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

await mkdir(built, { recursive: true });
for (const name of ['plausible', 'snowplow', 'posthog']) {
  await build({
    entryPoints: [new URL(`pages/${name}.js`, here).pathname], outfile: new URL(`${name}.js`, built).pathname,
    bundle: true, minify: true, format: 'iife', target: 'es2020', legalComments: 'none', logLevel: 'error',
  });
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? 'chromium', args: ARGS });
const stacks = {};
for (const [name, { tag, track }] of Object.entries(TRACKERS)) {
  const collector = await startCollector([dist, built]);
  stacks[name] = { collector, shop: await startShop(tag(collector.origin), track) };
}

/** A shopper with a profile of their own on the shop's page. */
async function visit({ shop }, page) {
  page ??= await (await browser.newContext()).newPage();
  await page.goto(`${shop.origin}/?ref=REF-XYZ789`);
  await page.waitForFunction(USABLE);
  return page;
}

/** Polls until the collector has seen every id, or time is up. */
async function arrived(collector, ids, seconds) {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await pause(25)) {
    if (ids.every((id) => collector.seen.has(id))) return;
  }
}

const lost = (collector, ids) => ids.filter((id) => !collector.seen.has(id)).length;
const twice = (collector, ids) => ids.filter((id) => collector.seen.get(id) > 1).length;

/** Bytes over the wire, milliseconds of script, milliseconds from navigation to the first event. */
async function times(stack) {
  const { collector } = stack;
  collector.latency = 80;
  collector.first = undefined;
  collector.scripts.clear();
  const context = await browser.newContext();
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Performance.enable');
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await page.goto(`${stack.shop.origin}/?ref=REF-XYZ789`);
  const start = await page.evaluate(() => performance.timeOrigin);
  for (const deadline = Date.now() + 10_000; !collector.first && Date.now() < deadline; ) await pause(10);
  await pause(300);
  const { metrics } = await devtools.send('Performance.getMetrics');
  const script = metrics.find(({ name }) => name === 'ScriptDuration').value * 1000;
  await context.close();
  return { script, first: collector.first - start };
}

/** A click that tracks and navigates away in the same handler, the endpoint 150 ms away. */
async function clickAndNavigate(stack, ids) {
  stack.collector.latency = 150;
  for (const id of ids) {
    const page = await visit(stack);
    await page.evaluate((id) => {
      document.querySelector('#buy').dataset.id = id;
    }, id);
    await page.click('#buy');
    await page.waitForURL('**/thanks');
    await arrived(stack.collector, [id], 1.5);
    await page.context().close();
  }
}

/** The endpoint refuses for 5 s, and the shopper stays for up to 30 s. */
async function endpointDown(stack, ids) {
  stack.collector.latency = 0;
  const pages = [];
  for (let n = 0; n < ids.length; n += 20) pages.push([await visit(stack), ids.slice(n, n + 20)]);
  stack.collector.down = true;
  const up = pause(5_000).then(() => (stack.collector.down = false));
  for (const [page, mine] of pages) {
    await page.evaluate(([ids, track]) => ids.forEach((id) => (0, eval)(track)(id)), [mine, stack.track]);
  }
  await up;
  await arrived(stack.collector, ids, 30);
  for (const [page] of pages) await page.context().close();
}

const results = {};
for (const name of Object.keys(TRACKERS)) results[name] = { script: [], first: [] };
for (let run = 0; run < RUNS; run++) {
  note(`times: run ${run + 1} of ${RUNS}`);
  for (const [name, stack] of Object.entries(stacks)) {
    const { script, first } = await times(stack);
    results[name].script.push(script);
    results[name].first.push(first);
  }
}
for (const [name, stack] of Object.entries(stacks)) {
  const brotli = (file) => brotliCompressSync(file, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  results[name].bytes = [...stack.collector.scripts.values()].reduce((sum, file) => sum + brotli(file), 0);
  stack.track = TRACKERS[name].track;
  for (const [what, act] of [['navigate', clickAndNavigate], ['down', endpointDown]]) {
    note(`${name}: ${what}, ${TRIES} events`);
    const ids = Array.from({ length: TRIES }, (_, n) => `id-${what}${n}x`);
    await act(stack, ids);
    results[name][what] = `${lost(stack.collector, ids)}${twice(stack.collector, ids) ? `, ${twice(stack.collector, ids)} twice` : ''}`;
  }
}

console.log(`Chromium ${browser.version()}, medians of ${RUNS}, ${TRIES} events each.\n`);
console.log('| | bytes (brotli) | script ms at 4× CPU throttling | navigation → first event ms | lost on click-and-navigate, endpoint 150 ms away | lost with the endpoint down for 5 s |');
console.log('|---|---|---|---|---|---|');
for (const [name, { bytes, script, first, navigate, down }] of Object.entries(results)) {
  console.log(`| ${name} | ${bytes.toLocaleString('en')} | ${median(script).toFixed(0)} | ${median(first).toFixed(0)} | ${navigate} | ${down} |`);
}
await browser.close();
for (const { collector, shop } of Object.values(stacks)) {
  collector.close();
  shop.close();
}
