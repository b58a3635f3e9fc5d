// How long a contest of so many facts takes to be read and to be written to, in KV and in Durable Objects: the whole product as
// `cargo xtask dev` starts it, once with each ledger. Facts are brought as an import brings them, the rest is asked over HTTP.

import { randomUUID } from 'node:crypto';
import { readFile, rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askPrivately, ask, makeContest, startStack } from '../../tests/support/stack.mjs';

const CODE = 'REF-XYZ789';
/** To bring a million into local KV takes a quarter of an hour. */
const MOST_IN_KV = 100_000;

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

const shown = (ms) => (ms < 10 ? ms.toFixed(1) : ms < 1_000 ? ms.toFixed(0) : `${(ms / 1_000).toFixed(1)} s`);

/** `sizes`: contests of so many facts. */
export async function measure({ sizes, runs, note }) {
  const rows = [];
  for (const ledger of ['kv', 'durable']) {
    const persist = await mkdtemp(join(tmpdir(), 'rockettracker-'));
    const stack = await startStack({ persist, ledger });
    try {
      const token = (await readFile(join(persist, 'secrets.env'), 'utf8')).match(/^ADMIN_TOKEN=(.+)$/m)[1];
      for (const size of sizes.filter((size) => ledger === 'durable' || size <= MOST_IN_KV)) {
        const contest = await makeContest(stack);
        await fill(stack, token, contest, size);
        note(`${ledger}: ${size} facts are in`);
        const get = (path) => () => askPrivately(stack, 'GET', path);
        const board = get(`/api/v1/contests/${contest}/leaderboard`);
        const first = await median(1, board);
        const jane = (await get(`/api/v1/contests/${contest}/entries?search=jane`)()).body.data[0].id;
        const tries = first > 2_000 && ledger === 'kv' ? 3 : runs;
        const at = {
          first,
          leaderboard: await median(tries, board),
          stats: await median(tries, () => ask(stack, 'GET', `/api/referral/stats?code=${CODE}&contestId=${contest}`)),
          entry: await median(tries, get(`/api/v1/entries/${jane}`)),
          analytics: await median(tries, get(`/api/v1/contests/${contest}/analytics`)),
          visit: await median(runs, () => ask(stack, 'POST', '/api/referral/track-visit', { contestId: contest, referralCode: CODE, visitorId: randomUUID() })),
          signup: await median(runs, () => ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, referralCode: CODE, email: `${randomUUID()}@example.com` })),
        };
        note(`${ledger}: ${size} facts: ${JSON.stringify(at)}`);
        const calls = ledger === 'kv' ? `${Math.ceil(size / 1_000)} lists`.replace(/^1 lists$/, '1 list') : '1 request';
        rows.push(`| ${size.toLocaleString('en')} | ${ledger} | ${Object.values(at).map(shown).join(' | ')} | ${calls} |`);
      }
    } finally {
      await stack.stop();
      await rm(persist, { recursive: true, force: true });
    }
  }
  return [
    `Milliseconds, medians of ${runs} (of 3 where KV takes seconds), each with its HTTP request. *First* is the first leaderboard after an import, which adds everything up. What a read asks of the store for its facts, beside names and keys, is in the last column.`,
    '',
    '| facts | ledger | first | leaderboard | stats | entry | analytics | track-visit | track-signup | a read asks |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
