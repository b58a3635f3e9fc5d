// How long a contest of so many facts takes to be read and to be written to, in KV and in Durable Objects: the whole product as
// `cargo xtask dev` starts it, once with each ledger. Facts are brought to objects as an import brings them; the rest is asked over HTTP.

import { randomUUID } from 'node:crypto';
import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminToken, fill } from '../../tests/support/facts.mjs';
import { askPrivately, ask, CODE, makeContest, startStack } from '../../tests/support/stack.mjs';
import { count, shown } from './count.mjs';
import { fillLocally } from './local.mjs';

/** To bring a million by calls takes a quarter of an hour. */
const MOST_IN_OBJECTS = 100_000;
/** A contest with more has a snapshot over KV. */
const FEW = 2_000;

/** Milliseconds, the middle of so many. */
async function median(tries, once) {
  const times = [];
  for (let number = 0; number < tries; number += 1) {
    const began = performance.now();
    const { status, body } = await once();
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[Math.floor(tries / 2)];
}

/** Has the chores done until a contest is read from a snapshot. */
async function untilSnapshot(stack) {
  for (let seconds = 0; seconds < 120; seconds += 1) {
    await fetch(`${stack.origin}/cdn-cgi/handler/scheduled`);
    if ((await ask(stack, 'GET', '/api/health')).body.data.snapshots.count > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  throw new Error('no snapshot after two minutes');
}

/** A deployment with a contest of so many facts. */
async function startWith(persist, ledger, size) {
  const stack = await startStack({ persist, ledger });
  try {
    const contest = await makeContest(stack);
    if (ledger === 'durable') {
      await fill(stack, await adminToken(persist), contest, size);
      return { stack, contest };
    }
    await stack.stop();
    await fillLocally(persist, contest, size);
    return { stack: await startStack({ persist, ledger, fresh: false }), contest };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** What is asked over HTTP of a contest of so many facts, in milliseconds. `night`: how long it takes to read all of them. */
async function ofContest({ stack, contest }, hasSnapshot, night, runs) {
  const get = (path) => () => askPrivately(stack, 'GET', path);
  const post = (path, body) => () => ask(stack, 'POST', path, { contestId: contest, referralCode: CODE, ...body() });
  const board = get(`/api/v1/contests/${contest}/leaderboard`);
  const first = await median(1, board);
  const began = performance.now();
  let made;
  if (hasSnapshot) {
    await untilSnapshot(stack);
    made = performance.now() - began;
    // Whoever saw that it is there has asked for a night.
    await new Promise((resolve) => setTimeout(resolve, 5_000 + 2 * night));
  }
  const jane = (await get(`/api/v1/contests/${contest}/entries?search=jane`)()).body.data[0].id;
  return {
    first,
    made,
    leaderboard: await median(runs, board),
    stats: await median(runs, () => ask(stack, 'GET', `/api/referral/stats?code=${CODE}&contestId=${contest}`)),
    entry: await median(runs, get(`/api/v1/entries/${jane}`)),
    entries: await median(runs, get(`/api/v1/contests/${contest}/entries?page=3&limit=25`)),
    analytics: await median(runs, get(`/api/v1/contests/${contest}/analytics`)),
    search: await median(runs, get(`/api/v1/contests/${contest}/entries?search=ane%20d`)),
    visit: await median(runs, post('/api/referral/track-visit', () => ({ visitorId: randomUUID() }))),
    signup: await median(runs, post('/api/referral/track-signup', () => ({ email: `${randomUUID()}@example.com` }))),
  };
}

/** `sizes`: contests of so many facts. */
export async function measure({ sizes, runs, note }) {
  const { counted, nights } = await count(sizes, note);
  const rows = [];
  for (const ledger of ['kv', 'durable']) {
    const isKv = ledger === 'kv';
    for (const size of sizes.filter((size) => isKv || size <= MOST_IN_OBJECTS)) {
      const persist = await mkdtemp(join(tmpdir(), 'rockettracker-'));
      const started = await startWith(persist, ledger, size);
      try {
        const at = await ofContest(started, isKv && size > FEW, nights[size], runs);
        note(`${ledger}: ${size} facts: ${JSON.stringify(at)}`);
        const cells = Object.values(at).map((ms) => (ms === undefined ? '' : shown(ms)));
        rows.push(`| ${[size.toLocaleString('en'), ledger, ...cells].join(' | ')} |`);
      } finally {
        await started.stack.stop();
        await rm(persist, { recursive: true, force: true });
      }
    }
  }
  return [
    `Milliseconds where no unit is named, medians of ${runs}, each with its HTTP request. *First* is the first leaderboard after an import, which adds everything up; *snapshot* is how long it then takes until the Worker has made one, a second or two of it in the queue.`,
    '',
    '| facts | ledger | first | snapshot | leaderboard | stats | entry | a page of entries | analytics | search | track-visit | track-signup |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    counted,
  ].join('\n');
}
