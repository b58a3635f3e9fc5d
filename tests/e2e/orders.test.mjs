// Orders that a server reports, money that goes back, and what a contest has brought.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, askPrivately, board, CODE, makeContest, startStack } from '../support/stack.mjs';

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

const perUnit = { purchase: { perUnit: { advocate: 1 } } };
const report = (contest, body) => askPrivately(stack, 'POST', `/api/v1/contests/${contest}/purchases`, { email: 'joe@example.com', ...body });
const refund = (contest, body) => askPrivately(stack, 'POST', `/api/v1/contests/${contest}/refunds`, body);
const browser = (contestId, body) => ask(stack, 'POST', '/api/referral/track-purchase', { contestId, email: 'joe@example.com', ...body });

/** A contest in which Jane has brought Joe. */
async function friends(settings) {
  const contest = await makeContest(stack, { settings: { points: perUnit, ...settings } });
  await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, email: 'joe@example.com', name: 'Joe', referralCode: CODE });
  return contest;
}

test('a server reports an order once', async () => {
  const contest = await friends();
  const first = await report(contest, { orderId: '1', amount: 79.99 });
  assert.deepEqual([first.status, first.body.data], [201, {
    purchaseId: first.body.data.purchaseId, entryId: first.body.data.entryId, pointsAwarded: { advocate: 80, friend: 0 }, status: 'confirmed',
    alreadyExists: false, message: 'Purchase recorded successfully',
  }]);
  const again = await Promise.all(Array.from({ length: 20 }, () => report(contest, { orderId: '1', amount: 79.99 })));
  assert(again.every(({ status, body }) => status === 200 && body.data.alreadyExists));
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 90], ['Joe', 5]]);
});

test('a browser\'s word waits for the server\'s', async () => {
  const contest = await friends({ purchaseTrust: 'confirmed' });
  assert.equal((await browser(contest, { orderId: '1', amount: 80 })).body.data.status, 'pending');
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 10], ['Joe', 5]]);
  const { status, body } = await report(contest, { orderId: '1', amount: 70 });
  assert.deepEqual([status, body.data.status, body.data.pointsAwarded.advocate], [200, 'confirmed', 70]);
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 80], ['Joe', 5]]);
});

test('points go back in proportion, and end at nothing', async () => {
  const contest = await friends();
  await browser(contest, { orderId: '1', amount: 79.99 });
  const part = await refund(contest, { orderId: '1', amount: 26.66, eventId: 'r1' });
  assert.deepEqual([part.status, part.body.data], [201, {
    purchaseId: part.body.data.purchaseId, pointsTakenBack: { advocate: 27, friend: 0 }, left: 53.33, currency: 'USD', alreadyExists: false,
  }]);
  assert.equal((await refund(contest, { orderId: '1', amount: 26.66, eventId: 'r1' })).body.data.alreadyExists, true);
  await refund(contest, { orderId: '1', amount: 26.66, eventId: 'r2' });
  assert.deepEqual((await board(stack, contest))[0], ['Jane Doe', 10 + 27]);
  await refund(contest, { orderId: '1', amount: 26.67, eventId: 'r3' });
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 10], ['Joe', 5]]);
});

test('refunds and orders at once leave what is left', async () => {
  const contest = await friends();
  const orders = Array.from({ length: 20 }, (_, n) => `order-${n}`);
  await Promise.all(orders.map((orderId) => browser(contest, { orderId, amount: 10 })));
  await Promise.all(orders.flatMap((orderId) => [1, 2, 1].map((amount) => refund(contest, { orderId, amount }))));
  assert.deepEqual((await board(stack, contest))[0], ['Jane Doe', 10 + 20 * 7]);
});

test('what a contest has brought', async () => {
  const contest = await friends();
  await ask(stack, 'POST', '/api/referral/track-visit', { contestId: contest, referralCode: CODE, visitorId: 'v1' });
  await browser(contest, { orderId: '1', amount: 79.99 });
  await report(contest, { orderId: '2', amount: 1200, currency: 'JPY' });
  await refund(contest, { orderId: '1', amount: 9.99 });
  const { body: { data } } = await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/analytics`);
  assert.deepEqual(data, {
    totalEntries: 2, confirmedEntries: 0, disqualifiedEntries: 0, totalViews: 1, totalBonusCompletions: 0,
    points: { total: 1285, average: 642.5, highest: 1280 },
    referrals: { visits: 1, signups: 1, purchases: 2, revenue: { JPY: 1200, USD: 70 } },
    daily: [{ date: data.daily[0].date, visits: 1, signups: 1, purchases: 2 }],
  });
});
