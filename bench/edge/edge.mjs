// The Worker beside the same in TypeScript with Hono, and beside the floor: on the same workerd and the same kind of local KV, in one
// run, taking turns.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, connect, load } from './load.mjs';
import { FLOOR, gzipped, HONO, makeBack, makeBundles, OURS, seed, start } from './stands.mjs';

/** Requests of one turn to each Worker: one at a time, of which the times are taken, and then crowds, so many at a time, of which the rate is. */
const ALONE = 200;
const CROWDS = 10;
const CROWD = 48;
const TOGETHER = 16;

const CODE = 'REF-XYZ789';
const post = (path, body) => ({ method: 'POST', path: `/api/referral/${path}`, body: JSON.stringify({ contestId: 'demo', ...body }) });
const get = (query) => ({ method: 'GET', path: `/api/referral/validate-code?${query}` });

let made = 0;
/** As the script makes one: a UUID of version 7. */
const eventId = () => {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${(++made).toString(16).padStart(12, '0')}`;
};

/** One request of each kind that is measured, about somebody new. */
const ROUTES = {
  'validate-code': () => get(`code=${CODE}&contestId=demo`),
  'track-visit': () => post('track-visit', { referralCode: CODE, visitorId: eventId(), eventId: eventId(), url: 'https://shop.example/kites?color=red' }),
  'track-signup': () => post('track-signup', { email: `friend-${eventId()}@example.com`, name: 'Joe Doe', referralCode: CODE, eventId: eventId() }),
  'track-purchase': () => {
    const id = eventId();
    return post('track-purchase', { orderId: id, amount: 79.99, currency: 'USD', email: `buyer-${id}@example.com`, referralCode: CODE, eventId: id });
  },
};

/** What both implementations are asked before anything is measured. */
function questions() {
  const [visit, signup, purchase] = ['track-visit', 'track-signup', 'track-purchase'].map((name) => ROUTES[name]());
  const friend = (body) => post('track-signup', { email: 'joe@example.com', ...body });
  const order = (body) => post('track-purchase', { orderId: '1', amount: 10, email: 'joe@example.com', eventId: eventId(), ...body });
  return [
    get(`code=${CODE.toLowerCase()}%20&contestId=demo`), get('code=NOBODY&contestId=demo'), get('code=%3Cb%3E&contestId=demo'), get('code=&contestId=demo'),
    get(`code=${CODE}`), get(`code=${CODE}&contestId=other`), visit, visit, signup, signup, purchase, purchase,
    post('track-visit', { referralCode: 'NOBODY', visitorId: 'v' }), post('track-visit', { referralCode: '<b>' }), post('track-visit', {}),
    post('track-visit', { referralCode: CODE, visitorId: 'a b' }), friend({ email: 'J.o.e+shop@googlemail.com' }), friend({ email: 'joe+shop@outlook.com' }),
    friend({ email: 'Joe@@example.com' }), friend({ email: '' }), friend({ referralCode: 'NOBODY' }),
    friend({ email: ' JANE@example.com ', referralCode: CODE }), friend({ name: 'x'.repeat(201) }), friend({ eventId: eventId() }), order(),
    order({ orderId: '2', amount: 149.97000000000003, referralCode: CODE }), order({ orderId: '3', email: 'new@example.com' }),
    order({ orderId: '4', email: 'new@example.com', referralCode: CODE }), order({ orderId: '10', email: 'new@example.com', eventId: undefined }), order({ orderId: '5', email: 'new@example.com', referralCode: 'NOBODY', currency: 'jpy', amount: 80 }),
    order({ orderId: '6', amount: 0.001 }), order({ orderId: '7', amount: -1 }), order({ orderId: '8', amount: '5' }), order({ orderId: '9', currency: 'XXX' }),
    order({ orderId: '', amount: 5 }), friend({ email: 'new@example.com', name: 'New' }), { ...friend(), body: '[]' },
    // 20,000 bytes, and but half as many characters.
    friend({ name: 'é'.repeat(10_000) }), { ...friend(), body: Buffer.from('{"contestId":"demo","email":"\xff@example.com"}', 'latin1') },
    friend({ email: 'more@example.com', color: 1 }), friend({ name: 1 }), friend({ email: 'other@example.com', visitorId: 1 }), { ...visit, body: visit.body.replace('{', '{"name":1,') }, friend({ phone: '12-34' }), order({ orderId: '11', currency: 'IQD', amount: 1.234 }), { ...friend(), method: 'PUT' }, { ...get(''), method: 'POST', body: '{}' },
  ];
}

/** `{ tables, ratio }`; `note` hears how far it is. */
export async function measure({ runs, note }) {
  const [bundles, back] = [await makeBundles(), await makeBack()];
  const names = Object.keys(bundles);
  note('do they do the same?');
  const asked = await compare(bundles, back);

  const found = Object.fromEntries(Object.keys(ROUTES).map((route) => [route, Object.fromEntries(names.map((name) => [name, { runs: [], crowds: [] }]))]));
  const directory = await memory(note);
  for (let run = 1; run <= runs; run++) {
    // One workerd differs from the next by more than Workers do, and so does the place that one has in it.
    const first = run % names.length;
    const turned = Object.fromEntries([...names.slice(first), ...names.slice(0, first)].map((name) => [name, bundles[name]]));
    const persist = await mkdtemp(join(directory, 'bench-edge-'));
    try {
      await takeTurns(await start(turned, { back, persist }), found, (text) => note(`${run} of ${runs}: ${text}`));
    } finally {
      await rm(persist, { recursive: true, force: true });
    }
  }

  const starts = Object.fromEntries(names.map((name) => [name, []]));
  for (let run = 1; run <= runs; run++) {
    note(`start-up, ${run} of ${runs}`);
    for (const name of names) starts[name].push(await firstAnswer({ [name]: bundles[name] }, name));
  }
  return [speeds(found, asked), sizes(bundles, starts)].join('\n\n');
}

/** Adds to `found` how long each took, by route and Worker. */
async function takeTurns(stands, found, note) {
  const names = Object.keys(stands.ledgers);
  await seed(stands);
  const expected = [200, 201];
  const [alone, many] = [1, TOGETHER].map((connections) => Object.fromEntries(names.map((name) => [name, connect(stands.origins[name], connections)])));
  for (const turn of ['warming up', 'measuring'])
    for (const route of Object.keys(ROUTES)) {
      note(`${route}, ${turn}`);
      const times = Object.fromEntries(names.map((name) => [name, []]));
      // One after the other is asked once: what slows the machine down for a moment slows all of them down.
      for (let i = 0; i < ALONE * names.length; i++) {
        const name = names[(i + Math.floor(i / names.length)) % names.length];
        times[name].push(await ask(alone[name], ROUTES[route](), expected));
      }
      const crowds = Object.fromEntries(names.map((name) => [name, []]));
      for (let i = 0; i < CROWDS * names.length; i++) {
        const name = names[(i + Math.floor(i / names.length)) % names.length];
        crowds[name].push(await load(many[name], TOGETHER, Array.from({ length: CROWD }, ROUTES[route]), expected));
      }
      if (turn === 'warming up') continue;
      for (const name of names) {
        found[route][name].runs.push(times[name]);
        found[route][name].crowds.push(...crowds[name]);
      }
    }
  for (const pool of [alone, many].flatMap(Object.values)) await pool.close();
  await stands.close();
}

/** Where KV keeps its files: in memory, if there is room for them. What a disk is busy with just then is no Worker's doing. */
async function memory(note) {
  const inMemory = '/dev/shm';
  const { bavail, bsize } = await statfs(inMemory).catch(() => ({ bavail: 0, bsize: 0 }));
  if (bavail * bsize > 2 ** 31) return inMemory;
  note(`KV is on a disk: ${inMemory} has no 2 GiB`);
  return tmpdir();
}

/** Fails unless Hono answers and stores as we do, and all three ask as much of KV; gives how much, by route. */
async function compare(bundles, back) {
  const counted = await readFile(new URL('counted.mjs', import.meta.url), 'utf8');
  const wrapper = { 'counted.mjs': { type: 'esm', contents: counted } };
  const stands = await start(Object.fromEntries(Object.entries(bundles).map(([name, modules]) => [name, { ...wrapper, ...modules }])), { back });
  await seed(stands);
  const ask = async (name, { path, ...request }) => {
    const answer = await fetch(stands.origins[name] + path, request);
    return { status: answer.status, body: await answer.json(), asked: JSON.parse(answer.headers.get('x-kv')) };
  };
  for (const question of questions()) {
    const [ours, theirs] = [await ask(OURS, question), await ask(HONO, question)];
    assert.deepEqual(theirs, ours, `Hono does otherwise: ${question.path} ${question.body ?? ''}`);
  }
  const [kept, theirs] = [await stored(stands.ledgers[OURS]), await stored(stands.ledgers[HONO])];
  assert.deepEqual(theirs, kept, 'Hono stores something else');
  const found = {};
  // Ours has read the contest by now, and whose the code is.
  await ask(FLOOR, ROUTES['validate-code']());
  for (const [route, make] of Object.entries(ROUTES)) {
    const question = make();
    const before = await Promise.all([OURS, FLOOR].map((name) => sizeOf(stands.ledgers[name])));
    const [ours, floor] = [await ask(OURS, question), await ask(FLOOR, question)];
    const after = await Promise.all([OURS, FLOOR].map((name) => sizeOf(stands.ledgers[name])));
    assert.equal(after[1] - before[1], after[0] - before[0], `the floor stores more or less: ${route}`);
    assert.equal(ours.status, route === 'validate-code' ? 200 : 201, JSON.stringify(ours.body));
    assert.deepEqual(floor.asked, ours.asked, `the floor asks otherwise: ${route}`);
    found[route] = ours.asked;
  }
  await stands.close();
  return found;
}

/** What a ledger holds, by key; but for moments, all of which are now. */
async function stored(ledger) {
  const found = {};
  for (let cursor; ; ) {
    const page = await ledger.list({ cursor });
    for (const { name, metadata } of page.keys) {
      const value = await ledger.get(name);
      found[name] = JSON.parse(JSON.stringify([value && JSON.parse(value), metadata ?? null], (field, part) => (field === 't' ? 0 : part)));
    }
    if (page.list_complete) return found;
    cursor = page.cursor;
  }
}

/** Its characters. A moment is one. */
const sizeOf = async (ledger) => Object.entries(await stored(ledger)).reduce((sum, [name, held]) => sum + name.length + JSON.stringify(held).length, 0);

/** Milliseconds from starting workerd to the first answer. */
async function firstAnswer(bundle, name) {
  const began = performance.now();
  const { origins, close } = await start(bundle);
  await (await fetch(`${origins[name]}/api/referral/validate-code?code=${CODE}&contestId=demo`)).text();
  const took = performance.now() - began;
  await close();
  return took;
}

const quantile = (numbers, q) => numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * q))];
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function speeds(found, asked) {
  const rows = [];
  const p50 = (times) => quantile(times, 0.5);
  for (const [route, by] of Object.entries(found)) {
    const { reads, lists, writes } = asked[route];
    for (const [name, { runs, crowds }] of Object.entries(by)) {
      // Of the other's p50 in the same run: the median, the least and the most.
      const of = (other) => {
        const ratios = runs.map((times, run) => p50(times) / p50(by[other].runs[run])).sort((a, b) => a - b);
        const median = (ratios[(ratios.length - 1) >> 1] + ratios[ratios.length >> 1]) / 2;
        return `${median.toFixed(2)} (${ratios[0].toFixed(2)} – ${ratios.at(-1).toFixed(2)})`;
      };
      const perSecond = (CROWD * crowds.length * 1_000) / crowds.reduce((sum, took) => sum + took);
      rows.push([
        name === OURS ? route : '', name, perSecond.toFixed(0), p50(runs.flat()).toFixed(2), name === OURS ? of(HONO) : '', name === FLOOR ? '' : of(FLOOR),
        quantile(runs.flat(), 0.99).toFixed(2), name === OURS ? `${reads} + ${lists} + ${writes}` : '',
      ]);
    }
  }
  return table(['call', 'Worker', 'requests/s', 'p50 ms', 'of Hono\'s', 'of the floor\'s', 'p99 ms', 'reads + lists + writes of KV'], rows);
}

function sizes(bundles, starts) {
  const rows = Object.entries(bundles).map(([name, modules]) => [name, gzipped(modules), quantile(starts[name], 0.5).toFixed(0)]);
  return table(['Worker', 'bytes, gzip', 'ms from the start of workerd to the first answer'], rows);
}
