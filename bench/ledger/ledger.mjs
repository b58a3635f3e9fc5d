// How long a contest of so many facts takes to be read and to be written to, in KV and in Durable Objects: the whole product as
// `cargo xtask dev` starts it, once with each ledger. Facts are brought as an import brings them, the rest is asked over HTTP. What
// local KV does not show, operations and memory, is counted by the ledger's own code over a KV in memory.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { adminToken, fill } from '../../tests/support/facts.mjs';
import { askPrivately, ask, CODE, makeContest, startStack } from '../../tests/support/stack.mjs';

const ROOT = new URL('../..', import.meta.url).pathname;
/** To bring a million into local KV takes a quarter of an hour. */
const MOST_IN_KV = 100_000;
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

const shown = (ms) => (ms < 10 ? ms.toFixed(1) : ms < 1_000 ? ms.toFixed(0) : `${(ms / 1_000).toFixed(1)} s`);

/** Has the chores done until one contest more is read from a snapshot. */
async function untilSnapshot(stack, before) {
  for (let seconds = 0; seconds < 120; seconds += 1) {
    await fetch(`${stack.origin}/cdn-cgi/handler/scheduled`);
    if ((await ask(stack, 'GET', '/api/health')).body.data.snapshots.count > before) return;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  throw new Error('no snapshot after two minutes');
}

/** Operations as `gets, lists, writes`, of each only what there is. */
const operations = ([reads, lists, writes]) => {
  const parts = [[reads, 'get'], [lists, 'list'], [writes, 'write']].filter(([count]) => count > 0);
  return parts.map(([count, what]) => `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`).join(', ') || 'nothing';
};

/** What is asked of KV, and the most memory: a table. */
async function count(sizes, note) {
  const rows = [];
  for (const size of sizes) {
    const build = ['run', '--quiet', '--package', 'edge', '--profile', 'adversary', '--target-dir', 'target/adversary', '--example', 'snapshot', String(size)];
    const { stdout } = await promisify(execFile)('cargo', build, { cwd: ROOT });
    const { reads, night, batch, later } = JSON.parse(stdout);
    note(`counted: ${size} facts: ${stdout.trim()}`);
    const per = (place) => (later.ops[place] / later.facts).toFixed(3);
    const asked = ['leaderboard', 'stats', 'entries', 'analytics'].map((name) => operations(reads[name].ops));
    rows.push(`| ${size.toLocaleString('en')} | ${asked.join(' | ')} | ${per(2)} | ${per(1)} | ${operations(night.ops)} | ${night.mb} MB, ${shown(night.ms)} | ${batch.mb} MB, ${shown(batch.ms)} |`);
  }
  return [
    'What is asked of KV for it, beside keys and names, and what a snapshot takes: of memory the most at once, over a KV in memory whose own copy of what is written is in it, and of time, both of 64-bit code on this machine; milliseconds where no unit is named. *Writes* and *lists a fact*: as 23 facts come in a minute, as a million do in a month, their own writes included; the nights come on top.',
    '',
    '| facts | leaderboard | stats | a page of entries | analytics | writes a fact | lists a fact | a night asks | a night takes | a batch takes |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** `sizes`: contests of so many facts. */
export async function measure({ sizes, runs, note }) {
  const counted = await count(sizes, note);
  const rows = [];
  for (const ledger of ['kv', 'durable']) {
    const persist = await mkdtemp(join(tmpdir(), 'rockettracker-'));
    const stack = await startStack({ persist, ledger });
    try {
      const token = await adminToken(persist);
      for (const size of sizes.filter((size) => size <= MOST_IN_KV)) {
        const contest = await makeContest(stack);
        await fill(stack, token, contest, size);
        note(`${ledger}: ${size} facts are in`);
        const get = (path) => () => askPrivately(stack, 'GET', path);
        const board = get(`/api/v1/contests/${contest}/leaderboard`);
        const { count: before } = (await ask(stack, 'GET', '/api/health')).body.data.snapshots;
        const first = await median(1, board);
        if (ledger === 'kv' && size > FEW) await untilSnapshot(stack, before);
        const jane = (await get(`/api/v1/contests/${contest}/entries?search=jane`)()).body.data[0].id;
        const at = {
          first,
          leaderboard: await median(runs, board),
          stats: await median(runs, () => ask(stack, 'GET', `/api/referral/stats?code=${CODE}&contestId=${contest}`)),
          entry: await median(runs, get(`/api/v1/entries/${jane}`)),
          entries: await median(runs, get(`/api/v1/contests/${contest}/entries?page=3&limit=25`)),
          analytics: await median(runs, get(`/api/v1/contests/${contest}/analytics`)),
          visit: await median(runs, () => ask(stack, 'POST', '/api/referral/track-visit', { contestId: contest, referralCode: CODE, visitorId: randomUUID() })),
          signup: await median(runs, () => ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, referralCode: CODE, email: `${randomUUID()}@example.com` })),
        };
        note(`${ledger}: ${size} facts: ${JSON.stringify(at)}`);
        rows.push(`| ${size.toLocaleString('en')} | ${ledger} | ${Object.values(at).map(shown).join(' | ')} |`);
      }
    } finally {
      await stack.stop();
      await rm(persist, { recursive: true, force: true });
    }
  }
  return [
    `Milliseconds, medians of ${runs}, each with its HTTP request. *First* is the first leaderboard after an import, which adds everything up.`,
    '',
    '| facts | ledger | first | leaderboard | stats | entry | a page of entries | analytics | track-visit | track-signup |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    counted,
  ].join('\n');
}
