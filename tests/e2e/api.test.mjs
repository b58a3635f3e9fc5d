// The API from outside: the documented answers, and what many calls at once leave behind.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, askPrivately, board, CODE, makeContest, startStack } from '../support/stack.mjs';

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

test('the documented answers, field by field', async () => {
  const contest = await makeContest(stack, { settings: { siteUrl: 'https://shop.example/?lang=en', points: { purchase: { perUnit: { advocate: 1 } } } } });
  const query = `code=${CODE}&contestId=${contest}`;

  const valid = await ask(stack, 'GET', `/api/referral/validate-code?${query}`);
  assert.deepEqual(valid.body, { valid: true, referrerEmail: 'j***@example.com', referrerName: 'Jane Doe', contestId: contest });

  const visit = { contestId: contest, referralCode: CODE, visitorId: 'browser-1', url: 'https://shop.example/' };
  const visited = await ask(stack, 'POST', '/api/referral/track-visit', visit);
  assert.equal(visited.status, 201);
  assert.deepEqual(visited.body, {
    success: true,
    data: { visitId: visited.body.data.visitId, alreadyExists: false, contest: { windowDays: 60, attribution: 'first' } },
  });
  const again = await ask(stack, 'POST', '/api/referral/track-visit', visit);
  assert.deepEqual([again.status, again.body.data.alreadyExists, again.body.data.visitId], [200, true, visited.body.data.visitId]);

  const signup = await ask(stack, 'POST', '/api/referral/track-signup', {
    contestId: contest, email: ' Joe@Example.com', name: 'Joe', referralCode: ` ${CODE.toLowerCase()} `,
  });
  assert.equal(signup.status, 201);
  const { entryId, referralCode } = signup.body.data;
  assert.match(entryId, /^[0-9a-f]{32}$/);
  assert.match(referralCode, /^REF-[2-9A-HJKMNP-TV-Z]{6}$/);
  assert.deepEqual(signup.body, {
    success: true,
    data: {
      entryId, email: 'joe@example.com', referralCode, alreadyExists: false, isReferred: true,
      pointsAwarded: { advocate: 10, friend: 5 },
    },
  });

  const order = { contestId: contest, orderId: '#1001', amount: 79.99, currency: 'usd', email: 'joe@example.com' };
  const purchase = await ask(stack, 'POST', '/api/referral/track-purchase', order);
  assert.equal(purchase.status, 201);
  const { purchaseId } = purchase.body.data;
  const message = 'Purchase recorded successfully';
  const data = { purchaseId, entryId, pointsAwarded: { advocate: 80, friend: 0 }, status: 'confirmed', alreadyExists: false, message };
  assert.deepEqual(purchase.body, { success: true, data });

  const stats = await ask(stack, 'GET', `/api/referral/stats?${query}`);
  assert.deepEqual(stats.body.data, {
    visits: 1, signups: 1, purchases: 1, points: 90, rank: 1, of: 2, link: `https://shop.example/?lang=en&ref=${CODE}`,
  });

  const shown = await askPrivately(stack, 'GET', `/api/v1/contests/${contest}`);
  assert.equal(shown.body.data.entriesCount, 2);
  const leaders = await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/leaderboard`);
  const [first] = leaders.body.data;
  assert.deepEqual(first, {
    rank: 1, id: first.id, email: 'jane@example.com', name: 'Jane Doe', points: 90, referralCode: CODE, referralsCount: 1,
    joinedAt: first.joinedAt,
  });
  assert(Math.abs(Date.parse(first.joinedAt) - Date.now()) < 120_000, first.joinedAt);
});

test('an owner adds a participant, who is not added twice', async () => {
  const contest = await makeContest(stack);
  const entry = { phone: '+49 170 1234567', name: 'Ann', referralCode: CODE };
  const path = `/api/v1/contests/${contest}/entries`;
  const added = await askPrivately(stack, 'POST', path, entry);
  assert.deepEqual([added.status, added.body.data.isReferred, added.body.data.phone], [201, true, entry.phone]);
  const again = await askPrivately(stack, 'POST', path, { phone: '0049-1701234567'.slice(2), name: 'Annie' });
  assert.deepEqual([again.status, again.body.data.id, again.body.data.name], [200, added.body.data.id, 'Ann']);
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 10], ['Ann', 5]]);
});

test('200 identical purchases at once leave one', async () => {
  const contest = await makeContest(stack);
  await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, email: 'joe@example.com', referralCode: CODE });
  const order = { contestId: contest, orderId: 'same', amount: 25, email: 'joe@example.com' };
  const answers = await Promise.all(Array.from({ length: 200 }, () => ask(stack, 'POST', '/api/referral/track-purchase', order)));
  assert(answers.every(({ status }) => status === 200 || status === 201), JSON.stringify(answers.find(({ status }) => status > 201)));
  assert.equal(new Set(answers.map(({ body }) => body.data.purchaseId)).size, 1);
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 35], ['joe@example.com', 5]]);
  const stats = await ask(stack, 'GET', `/api/referral/stats?code=${CODE}&contestId=${contest}`);
  assert.equal(stats.body.data.purchases, 1);
});

test('200 different purchases at once for one advocate leave exactly their sum', async () => {
  const contest = await makeContest(stack);
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      ask(stack, 'POST', '/api/referral/track-purchase', {
        contestId: contest, orderId: `order-${n}`, amount: n + 1, email: `friend-${n % 20}@example.com`, referralCode: CODE,
      })),
  );
  assert(answers.every(({ status }) => status === 201), JSON.stringify(answers.find(({ status }) => status !== 201)));
  // 1 + 2 + … + 200; the friends only bought, so that they hold no place.
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 20_100]]);
});

test('every origin may call, and v1 says what it takes', async () => {
  const allow = (headers, name) => headers.get(`access-control-allow-${name}`);
  for (const path of ['/api/referral/track-signup', '/api/referral/validate-code']) {
    const { status, headers } = await ask(stack, 'OPTIONS', path);
    assert.deepEqual([status, allow(headers, 'origin'), allow(headers, 'headers')], [204, '*', 'Content-Type'], path);
  }
  for (const [method, path] of [['OPTIONS', '/api/v1/contests'], ['GET', '/api/v1/contests/demo'], ['GET', '/api/v1/contests/demo/leaderboard']]) {
    const { headers } = await ask(stack, method, path);
    assert.equal(allow(headers, 'origin'), '*', path);
    assert.equal(allow(headers, 'methods'), 'GET, POST, PUT, DELETE, OPTIONS', path);
    assert.equal(allow(headers, 'headers'), 'Content-Type, x-api-key', path);
  }
});

test('text/plain is taken as JSON, so that a beacon needs no preflight', async () => {
  const contest = await makeContest(stack);
  const body = JSON.stringify({ contestId: contest, email: 'beacon@example.com' });
  const { status } = await ask(stack, 'POST', '/api/referral/track-signup', body, { 'content-type': 'text/plain;charset=UTF-8' });
  assert.equal(status, 201);
});

test('HEAD is GET without the body', async () => {
  const response = await fetch(`${stack.origin}/api/referral/stats?code=${CODE}&contestId=demo`, { method: 'HEAD' });
  assert.deepEqual([response.status, await response.text()], [200, '']);
});
