// The script beside published trackers: in the same page, on the same endpoint, in one run, taking turns.

import { mkdir } from 'node:fs/promises';
import { startBrowser } from '../../tests/support/browser.mjs';
import { sleep } from '../../tests/support/road.mjs';
import { startCollector, startShop } from './collector.mjs';
import { makeScripts, TRACKERS } from './trackers.mjs';

/** Milliseconds there and back: while times are taken, and while shoppers click. */
const NEAR = 80;
const FAR = 150;
/** Shoppers who click, and events of one shopper whose endpoint is down, at once. */
const TOGETHER = 8;
const WAITING = 20;

const USABLE = () => typeof window.track === 'function' || typeof window.RocketTracker?.trackPurchase === 'function';
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const newPage = async (browser) => (await browser.newContext()).newPage();

/** A table in Markdown, and how each tracker was set up. `note` hears how far it is. */
export async function compare({ tries, runs, note }) {
  const dist = new URL('../../dist/', import.meta.url);
  const built = new URL('../../target/bench/', import.meta.url);
  await mkdir(built, { recursive: true });
  await makeScripts(built);
  const browser = await startBrowser();
  const stands = [];
  for (const [name, tracker] of [['the page alone', { tag: () => '' }], ...Object.entries(TRACKERS)]) {
    const collector = await startCollector([dist, built]);
    const shop = await startShop(tracker.tag(collector.origin), tracker.track);
    stands.push({ name, ...tracker, collector, shop, times: [], clicked: [], waited: [] });
  }
  const [alone, ...trackers] = stands;

  for (let run = 1; run <= runs; run++) {
    for (const stand of stands) {
      note(`times, run ${run} of ${runs}: ${stand.name}`);
      stand.times.push(await time(browser, stand, stand !== alone));
    }
  }
  for (let n = 0; n < tries; n += TOGETHER) {
    for (const stand of trackers) {
      note(`click and navigate, ${n} of ${tries}: ${stand.name}`);
      const ids = Array.from({ length: Math.min(TOGETHER, tries - n) }, (_, i) => `id-click${n + i}x`);
      stand.collector.roundTrip = FAR;
      await Promise.all(ids.map((id) => clickAndNavigate(browser, stand, id)));
      stand.clicked.push(...ids);
    }
  }
  for (const stand of trackers) {
    note(`endpoint down, ${tries} events: ${stand.name}`);
    stand.waited = Array.from({ length: tries }, (_, n) => `id-down${n}x`);
    stand.late = await endpointDown(browser, stand, stand.waited);
  }

  const version = browser.version();
  await browser.close();
  for (const { collector, shop } of stands) {
    await collector.close();
    shop.close();
  }
  return { version, table: table(alone, trackers), setUp: setUp(trackers) };
}

/** Opens the shop at a quarter of the speed, the endpoint 80 ms away; all in milliseconds. */
async function time(browser, { collector, shop }, tracks) {
  collector.roundTrip = NEAR;
  collector.first = undefined;
  const page = await newPage(browser);
  await page.addInitScript(() => {
    window.tasks = [];
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask', buffered: true });
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await page.goto(`${shop.origin}/?ref=REF-XYZ789`);
  for (const deadline = Date.now() + 10_000; tracks && !collector.first && Date.now() < deadline; ) await sleep(10);
  await sleep(500);
  // First, because what is evaluated from here counts too.
  const { metrics } = await devtools.send('Performance.getMetrics');
  const script = metrics.find(({ name }) => name === 'ScriptDuration').value * 1000;
  const { start, tasks } = await page.evaluate(() => ({ start: performance.timeOrigin, tasks: window.tasks }));
  await page.context().close();
  return { script, longest: Math.max(0, ...tasks), first: collector.first - start };
}

async function enter(browser, { shop }) {
  const page = await newPage(browser);
  await page.goto(shop.origin);
  await page.waitForFunction(USABLE);
  return page;
}

/** A click that tracks and navigates away in the same handler; the page that follows has the tracker too. */
async function clickAndNavigate(browser, stand, id) {
  const page = await enter(browser, stand);
  await page.evaluate((id) => {
    document.querySelector('#buy').dataset.id = id;
  }, id);
  await page.click('#buy');
  await page.waitForURL('**/thanks');
  await page.waitForFunction(USABLE);
  // What the page before has left behind goes now, or again.
  await arrived(stand.collector, [id], 5);
  await sleep(8 * FAR);
  await page.context().close();
}

/**
 * Every connection is refused for 5 s. The shopper stays for up to 30 s more and then opens another page; gives how many events
 * had arrived by that only.
 */
async function endpointDown(browser, stand, ids) {
  const { collector, track } = stand;
  collector.roundTrip = 0;
  const pages = [];
  for (let n = 0; n < ids.length; n += WAITING) pages.push([await enter(browser, stand), ids.slice(n, n + WAITING)]);
  // Whatever the page itself has to tell is out.
  await sleep(2_000);
  await collector.cut();
  for (const [page, mine] of pages) {
    await page.evaluate(([ids, track]) => ids.forEach((id) => (0, eval)(track)(id)), [mine, track]);
  }
  await sleep(5_000);
  await collector.mend();
  await arrived(collector, ids, 30);
  const late = missing(collector, ids);
  for (const [page] of pages) await page.goto(`${stand.shop.origin}/thanks`);
  await arrived(collector, ids, 30);
  await sleep(2_000);
  for (const [page] of pages) await page.context().close();
  return late - missing(collector, ids);
}

async function arrived(collector, ids, seconds) {
  for (const deadline = Date.now() + seconds * 1000; missing(collector, ids) && Date.now() < deadline; ) await sleep(25);
}

const missing = ({ seen }, ids) => ids.filter((id) => !seen.has(id)).length;
const twice = ({ seen }, ids) => ids.filter((id) => seen.get(id) > 1).length;

function table(alone, trackers) {
  const of = ({ times }, what) => median(times.map((time) => time[what]));
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const long = (stand) => (of(stand, 'longest') ? of(stand, 'longest').toFixed(0) : '< 50');
  const lines = trackers.map((stand) => {
    const { name, version, collector, clicked, waited, late } = stand;
    const bytes = [...collector.bytes.values()].reduce((sum, length) => sum + length, 0);
    return row([
      version ? `${name} ${version}` : `**${name}**`,
      bytes.toLocaleString('en'),
      Math.max(0, of(stand, 'script') - of(alone, 'script')).toFixed(0),
      long(stand),
      of(stand, 'first').toFixed(0),
      missing(collector, clicked),
      twice(collector, clicked),
      missing(collector, waited) + (late ? ` (${late} by the next page only)` : ''),
      twice(collector, waited),
    ]);
  });
  return [
    row(['', 'bytes', 'script, ms', 'longest task, ms', 'first event, ms', 'click: lost', 'click: twice', 'down: lost', 'down: twice']),
    row(['---', ...Array(8).fill('--:')]),
    ...lines,
    row(['the page alone', 0, `(${of(alone, 'script').toFixed(0)})`, long(alone), '', '', '', '', '']),
  ].join('\n');
}

const setUp = (trackers) =>
  trackers.map(({ name, npm, version, options }) => `* ${name}${npm ? ` (\`${npm}\` ${version})` : ''}: ${options}.`).join('\n');
