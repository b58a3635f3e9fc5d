// How a contest stood, what is kept of its end, and what is done once an hour, on the real runtime.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, askPrivately, board, CODE, makeContest, startStack, xtask } from '../support/stack.mjs';

const HOUR = 3_600_000;
const time = (millis) => new Date(millis).toISOString();

let stack;
let directory;
before(async () => {
  [stack, directory] = await Promise.all([startStack(), mkdtemp(join(tmpdir(), 'rockettracker-'))]);
});
after(async () => {
  await stack?.stop();
  if (directory) await rm(directory, { recursive: true });
});

const health = async () => (await ask(stack, 'GET', '/api/health')).body.data;
const standings = (contest, query = '') => askPrivately(stack, 'GET', `/api/v1/contests/${contest}/standings${query}`);
const track = (what, body) => ask(stack, 'POST', `/api/referral/track-${what}`, body);

/** Runs `cargo xtask verify` on an export: `[exit code, what it said]`. */
async function verify(exported) {
  const file = join(directory, 'export.json');
  await writeFile(file, JSON.stringify(exported));
  const run = xtask('verify', file);
  return [await run.ended, run.said];
}

test('a moment of a contest is what it was before more happened', async () => {
  const contest = await makeContest(stack);
  await track('signup', { contestId: contest, email: 'joe@example.com', referralCode: CODE });
  const then = await standings(contest);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await track('purchase', { contestId: contest, orderId: '1001', amount: 79.99, email: 'joe@example.com' });
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 90], ['joe@example.com', 5]]);
  const again = await standings(contest, `?at=${then.body.data.at}`);
  assert.deepEqual(again.body, then.body);
  assert.deepEqual(again.body.data.standings.map(({ rank, points }) => [rank, points]), [[1, 10], [2, 5]]);
});

test('an export can be added up again by whoever holds it, and whatever was changed in it is found', async () => {
  const contest = await makeContest(stack);
  await track('visit', { contestId: contest, referralCode: CODE, visitorId: 'v1' });
  await track('signup', { contestId: contest, email: 'joe@example.com', referralCode: CODE });
  await track('purchase', { contestId: contest, orderId: '1001', amount: 79.99, email: 'joe@example.com' });
  const { body } = await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/export?format=json`);
  const [code, said] = await verify(body);
  assert.equal(code, 0, said);
  assert.match(said, /2 entries: their points and counts follow from the facts/);
  // To be published without addresses, the entries may be taken out.
  assert.equal((await verify({ ...body, entries: undefined }))[0], 0);
  const [jane, joe] = body.entries;
  const [failed, why] = await verify({ ...body, entries: [{ ...jane, points: jane.points + 1 }, joe] });
  assert.equal(failed, 1);
  assert.match(why, new RegExp(`entry ${jane.id}: it says points ${jane.points + 1}, the facts say ${jane.points}`));
});

test('once an hour a contest that has ended gets its final standings, and health says that it was done', async () => {
  const contest = await makeContest(stack, { endDate: time(Date.now() - 2 * HOUR) });
  assert.equal((await health()).cron.status, 'never');
  const done = await fetch(`${stack.origin}/cdn-cgi/handler/scheduled`);
  assert.equal(done.status, 200, await done.text());
  const { status, cron } = await health();
  assert.deepEqual([status, cron.status], ['ok', 'ok']);
  assert(Date.now() - Date.parse(cron.lastRun) < HOUR);
  const { body } = await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/export?format=json`);
  assert.equal(body.final.facts, 0, 'Jane came after its end');
  assert.equal((await standings(contest)).body.data.isFinal, true);
  const [code, said] = await verify(body);
  assert.equal(code, 0, said);
  assert.match(said, /final standings of .*: they follow from the facts/);
});

test('what is no file, or no export, is said to be none', async () => {
  for (const [args, words] of [[['verify'], 'verify takes a file'], [['verify', join(directory, 'none.json')], 'cannot be read']]) {
    const run = xtask(...args);
    assert.notEqual(await run.ended, 0);
    assert(run.said.includes(words), run.said);
  }
});
