// The limits as deployed, on the real runtime; and what is logged of a failure there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, askPrivately, CODE, makeContest, startStack } from '../support/stack.mjs';

const TEXT = 'Rate limit exceeded. Please try again later.';

let stack;
before(async () => {
  stack = await startStack({ limits: true });
});
after(() => stack?.stop());

/** The runtime counts by the minute of the clock: resolves when enough of one is left. */
async function minute() {
  while (Date.now() % 60_000 > 30_000) await new Promise((resolve) => setTimeout(resolve, 250));
}

/** Asks so many times, a few at once: how often each status was answered, and the last answer. */
async function many(times, once) {
  const statuses = {};
  let last;
  for (let left = times; left > 0; left -= 10) {
    for (const answer of await Promise.all(Array.from({ length: Math.min(left, 10) }, once))) {
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      last = answer;
    }
  }
  return { statuses, last };
}

function refused(answer) {
  assert.deepEqual([answer.status, answer.body], [429, { success: false, error: TEXT }]);
  assert.equal(answer.headers.get('retry-after'), '60');
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  assert.match(answer.headers.get('access-control-expose-headers'), /Retry-After/);
}

test('the 61st write of a minute is one too many, for this contest alone', async () => {
  const [contest, other] = [await makeContest(stack), await makeContest(stack)];
  const visit = (contestId) => ask(stack, 'POST', '/api/referral/track-visit', { contestId, referralCode: CODE });
  await minute();
  assert.deepEqual((await many(60, () => visit(contest))).statuses, { 201: 60 });
  refused(await visit(contest));
  refused(await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, email: 'joe@example.com' }));
  assert.equal((await visit(other)).status, 201);
  assert.equal((await ask(stack, 'GET', `/api/referral/stats?code=${CODE}&contestId=${contest}`)).body.data.visits, 60);
  assert.equal((await ask(stack, 'OPTIONS', '/api/referral/track-visit')).status, 204, 'a preflight is not counted');
});

test('the 121st read of a minute is one too many, for this contest alone', async () => {
  const [contest, other] = [await makeContest(stack), await makeContest(stack)];
  const validate = (contestId) => ask(stack, 'GET', `/api/referral/validate-code?code=${CODE}&contestId=${contestId}`);
  await minute();
  assert.deepEqual((await many(120, () => validate(contest))).statuses, { 200: 120 });
  refused(await validate(contest));
  assert.equal((await validate(other)).status, 200);
});

test('the 101st call of a minute with a key is one too many, for this key alone', async () => {
  const made = await askPrivately(stack, 'POST', '/api/v1/keys', { kind: 'public' });
  const withKey = () => ask(stack, 'GET', '/api/v1/contests/demo', undefined, { 'x-api-key': made.body.data.key });
  await minute();
  assert.deepEqual((await many(100, withKey)).statuses, { 200: 100 });
  refused(await withKey());
  refused(await ask(stack, 'GET', `/api/v1/contests/demo/analytics?apiKey=${made.body.data.key}`));
  assert.equal((await askPrivately(stack, 'GET', '/api/v1/contests/demo')).status, 200);
});
