// A contest with thousands of facts, on the real runtime with its real queue: what is read of it, and how soon.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { adminToken, fill } from '../support/facts.mjs';
import { ask, askPrivately, CODE, makeContest, startStack } from '../support/stack.mjs';

/** Seconds within which what was stored is on the board: a second in the queue, twenty of rest, thirty until it is looked again. */
const SOON = 75;

let stack;
let persist;
let token;
before(async () => {
  persist = await mkdtemp(join(tmpdir(), 'rockettracker-'));
  stack = await startStack({ persist, ledger: 'kv' });
  token = await adminToken(persist);
});
after(async () => {
  await stack?.stop();
  if (persist) await rm(persist, { recursive: true, force: true });
});

const track = (what, body) => ask(stack, 'POST', `/api/referral/track-${what}`, body);
const stats = async (contest) => (await ask(stack, 'GET', `/api/referral/stats?code=${CODE}&contestId=${contest}`)).body.data;
const leader = async (contest) => (await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/leaderboard`)).body.data[0];
const analytics = async (contest) => (await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/analytics`)).body.data;
const health = async () => (await ask(stack, 'GET', '/api/health')).body.data;
const chores = async () => assert.equal((await fetch(`${stack.origin}/cdn-cgi/handler/scheduled`)).status, 200);

/** What `look` gives once it is as wanted; fails where that takes too long. */
async function soon(look, isWanted) {
  const until = Date.now() + SOON * 1_000;
  while (true) {
    const found = await look();
    if (isWanted(found)) return found;
    assert(Date.now() < until, `not within ${SOON} s: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** A contest with that many facts and its snapshot. */
async function large(count) {
  const contest = await makeContest(stack);
  await fill(stack, token, contest, count);
  const before = (await health()).snapshots.count;
  await leader(contest);
  await soon(async () => (await chores(), (await health()).snapshots.count), (snapshots) => snapshots > before);
  return contest;
}

test('what a friend does is on the board of a large contest within a minute, once', async () => {
  const contest = await large(3_000);
  const [before, all] = [await stats(contest), await analytics(contest)];
  assert.deepEqual([before.signups, before.visits > 100], [9, true]);
  assert.equal((await track('signup', { contestId: contest, email: 'joe@example.com', referralCode: CODE })).status, 201);
  const order = { contestId: contest, orderId: 'A-1', amount: 30, email: 'joe@example.com' };
  for (const status of [201, 200]) assert.equal((await track('purchase', order)).status, status);
  for (const visitorId of ['v1', 'v2', 'v1']) await track('visit', { contestId: contest, referralCode: CODE, visitorId });
  const after = await soon(() => stats(contest), ({ points }) => points >= before.points + 40);
  const { of, signups, purchases, visits, points } = before;
  assert.deepEqual({ ...after, rank: 0 }, { ...before, rank: 0, of: of + 1, signups: signups + 1, purchases: purchases + 1, visits: visits + 2, points: points + 40 });
  assert.equal((await analytics(contest)).referrals.signups, all.referrals.signups + 1);
});

test('an owner who changes the rules sees what they give at once', async () => {
  const contest = await large(2_500);
  const { points } = await stats(contest);
  await track('signup', { contestId: contest, email: 'late@example.com', referralCode: CODE });
  const settings = { requireConfirmation: true };
  const changed = await askPrivately(stack, 'PUT', `/api/v1/contests/${contest}`, { settings });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  assert.equal(await leader(contest), undefined, 'nobody has confirmed their address');
  await soon(() => stats(contest), (now) => now.points === points + 10);
  assert.equal(await leader(contest), undefined);
});

test('what is brought from a backup is there at once', async () => {
  const contest = await large(2_500);
  const before = await analytics(contest);
  await fill(stack, token, contest, 4_000);
  const after = await analytics(contest);
  assert(after.referrals.visits > before.referrals.visits + 1_000, `${before.referrals.visits}, then ${after.referrals.visits}`);
});

test('who takes part in a large contest is found by a part of their name, whatever they are called since', async () => {
  const contest = await large(4_000);
  const entries = `/api/v1/contests/${contest}/entries`;
  const found = async (text) => {
    const { status, body } = await askPrivately(stack, 'GET', `${entries}?search=${encodeURIComponent(text)}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body.data.map(({ name }) => name);
  };
  assert.deepEqual(await found('END 17'), ['Friend 17', ...Array.from({ length: 10 }, (_, number) => `Friend 17${number}`)]);
  assert.deepEqual([await found('F200@Example.com'), await found('friend 201')], [['Friend 200'], []]);
  const { id } = (await askPrivately(stack, 'POST', entries, { email: 'joerg@example.com', name: 'Jörg Public' })).body.data;
  const path = `/api/v1/entries/${id}`;
  const soonFound = (text, names) => soon(() => found(text), (found) => found.join() === names.join());
  await soonFound('JÖRG', ['Jörg Public']);
  assert.equal((await askPrivately(stack, 'PUT', path, { name: 'Somebody Else' })).status, 200);
  assert.deepEqual(await found('jörg p'), []);
  await soonFound('somebody', ['Somebody Else']);
  assert.equal((await askPrivately(stack, 'DELETE', path)).status, 200);
  assert.deepEqual([await found('somebody'), await found('joerg')], [[], []]);
});
