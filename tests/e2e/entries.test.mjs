// Participants from outside: lists, changes, places, points, what they hold and why, and being forgotten.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, askPrivately, board, CODE, makeContest, startStack } from '../support/stack.mjs';

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

const signup = (contestId, email, more) => ask(stack, 'POST', '/api/referral/track-signup', { contestId, email, ...more });
const entries = (contest, query = '') => askPrivately(stack, 'GET', `/api/v1/contests/${contest}/entries${query}`);
const bonusActions = [{ id: 'follow', action: 'follow', description: 'Follow us', points: 7 }];

test('an entry, field by field, and masked for a public key', async () => {
  const contest = await makeContest(stack);
  const added = await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/entries`, { email: 'ann@example.com', name: 'Ann', phone: '+49 170 1234567' });
  const { id, referralCode, createdAt } = added.body.data;
  const entry = {
    id, email: 'ann@example.com', name: 'Ann', phone: '+49 170 1234567', points: 0, emailConfirmed: false, disqualified: false, referralCode, createdAt, flags: [],
  };
  assert.deepEqual((await entries(contest, '?search=ann')).body, {
    success: true, data: [entry], pagination: { page: 1, limit: 20, total: 1, totalPages: 1 },
  });
  const shown = await askPrivately(stack, 'GET', `/api/v1/entries/${id}`);
  assert.deepEqual(shown.body, { success: true, data: { ...entry, contestId: contest } });

  const made = await askPrivately(stack, 'POST', '/api/v1/keys', { kind: 'public' });
  const publicly = (path) => ask(stack, 'GET', `${path}${path.includes('?') ? '&' : '?'}apiKey=${made.body.data.key}`);
  const { flags: _, ...seen } = entry;
  const masked = { ...seen, email: 'a***@example.com', phone: '***67' };
  assert.deepEqual((await publicly(`/api/v1/entries/${id}`)).body.data, { ...masked, contestId: contest });
  assert.deepEqual((await publicly(`/api/v1/contests/${contest}/entries?search=Ann`)).body.data, [masked]);
  for (const [method, path] of [['PUT', ''], ['DELETE', ''], ['POST', '/points'], ['POST', '/disqualify'], ['GET', '/why']]) {
    const { status, body } = await ask(stack, method, `/api/v1/entries/${id}${path}`, undefined, { 'x-api-key': made.body.data.key });
    assert.deepEqual([status, body.error], [403, 'This endpoint requires a private API key'], path);
  }

  const changed = await askPrivately(stack, 'PUT', `/api/v1/entries/${id}`, { name: 'Ann B.', phone: '', emailConfirmed: true });
  assert.deepEqual(changed.body.data, { ...entry, contestId: contest, name: 'Ann B.', phone: null, emailConfirmed: true });
});

test('pages, and who joined first comes first', async () => {
  const contest = await makeContest(stack);
  for (const n of [1, 2, 3]) assert.equal((await signup(contest, `friend-${n}@example.com`)).status, 201);
  const page = async (query) => {
    const { body } = await entries(contest, query);
    return [body.data.map(({ email }) => email), body.pagination];
  };
  assert.deepEqual(await page('?limit=3'), [
    ['jane@example.com', 'friend-1@example.com', 'friend-2@example.com'], { page: 1, limit: 3, total: 4, totalPages: 2 },
  ]);
  assert.deepEqual(await page('?limit=3&page=2'), [['friend-3@example.com'], { page: 2, limit: 3, total: 4, totalPages: 2 }]);
  assert.deepEqual((await page('?search=FRIEND-2'))[0], ['friend-2@example.com']);
});

test('a place is taken, given back, and held only by the confirmed where that is asked for', async () => {
  const contest = await makeContest(stack);
  const { entryId } = (await signup(contest, 'joe@example.com', { referralCode: CODE, name: 'Joe' })).body.data;
  const disqualify = (disqualified) => askPrivately(stack, 'POST', `/api/v1/entries/${entryId}/disqualify`, { disqualified, reason: 'Twice the same' });
  assert.equal((await disqualify(true)).body.data.disqualified, true);
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 10]]);
  assert.equal((await disqualify(false)).body.data.disqualified, false);
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 10], ['Joe', 5]]);
  await askPrivately(stack, 'PUT', `/api/v1/contests/${contest}`, { settings: { requireConfirmation: true } });
  assert.deepEqual(await board(stack, contest), []);
  await askPrivately(stack, 'PUT', `/api/v1/entries/${entryId}`, { emailConfirmed: true });
  assert.deepEqual(await board(stack, contest), [['Joe', 5]]);
});

test('points by hand count once an event, however many calls at once', async () => {
  const contest = await makeContest(stack);
  const { data: [jane] } = (await entries(contest)).body;
  const give = (body) => askPrivately(stack, 'POST', `/api/v1/entries/${jane.id}/points`, body);
  const answers = await Promise.all(Array.from({ length: 20 }, () => give({ points: 50, reason: 'Won the quiz', eventId: 'quiz' })));
  assert(answers.every(({ status, body }) => status < 300 && body.data.adjusted === 50));
  assert.deepEqual((await give({ points: -5 })).body.data, { id: jane.id, adjusted: -5, points: 45, alreadyExists: false });
});

test('why an entry has its points', async () => {
  const contest = await makeContest(stack, { settings: { bonusActions, points: { purchase: { perUnit: { advocate: 1 } } } } });
  await signup(contest, 'joe@example.com', { referralCode: CODE });
  await ask(stack, 'POST', '/api/referral/track-purchase', { contestId: contest, orderId: '1', amount: 80, email: 'joe@example.com' });
  await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/refunds`, { orderId: '1', amount: 20 });
  const { data: [jane] } = (await entries(contest)).body;
  await askPrivately(stack, 'POST', `/api/v1/entries/${jane.id}/bonus-actions/follow/complete`);
  const { status, body: { data } } = await askPrivately(stack, 'GET', `/api/v1/entries/${jane.id}/why`);
  assert.equal(status, 200);
  assert.deepEqual(data.grants.map(({ cause, points }) => [cause, points]), [
    ['friendSignedUp', 10], ['friendPurchased', 80], ['refunded', -20], ['bonus', 7],
  ]);
  assert.deepEqual([data.points, (await board(stack, contest))[0][1]], [77, 77]);
  for (const { rule, at, fact } of data.grants) assert(rule && Date.parse(at) && fact);
});

test('bonus actions, by whoever holds the page', async () => {
  const contest = await makeContest(stack, { settings: { bonusActions } });
  const { key } = (await askPrivately(stack, 'POST', '/api/v1/keys', { kind: 'public' })).body.data;
  const path = '/api/v1/entries/lookup/bonus-actions';
  const complete = () => ask(stack, 'POST', `${path}/follow/complete`, { email: 'jane@example.com', contestId: contest }, { 'x-api-key': key });
  const first = await complete();
  assert.deepEqual([first.status, first.body.data.points, first.body.data.alreadyExists], [201, 7, false]);
  const again = await complete();
  assert.deepEqual([again.status, again.body.data.alreadyExists], [200, true]);
  const { body } = await ask(stack, 'GET', `${path}?email=jane%40example.com&contestId=${contest}`, undefined, { 'x-api-key': key });
  assert.deepEqual(body.data, [{ ...bonusActions[0], completed: true, completedAt: body.data[0].completedAt }]);
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 7]]);
});

test('who is erased is forgotten, and not brought back', async () => {
  const contest = await makeContest(stack);
  const { entryId } = (await signup(contest, 'joe@example.com', { referralCode: CODE, name: 'Joe' })).body.data;
  await ask(stack, 'POST', '/api/referral/track-purchase', { contestId: contest, orderId: '1', amount: 50, email: 'joe@example.com' });
  const erased = await askPrivately(stack, 'DELETE', `/api/v1/entries/${entryId}`);
  assert.deepEqual([erased.status, erased.body.data], [200, { id: entryId, erased: true, alreadyExists: false }]);
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 60]]);
  const gone = 'This person was erased and is not added again';
  for (const got of [
    await signup(contest, 'joe@example.com', { referralCode: CODE }),
    await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/entries`, { email: 'joe@example.com' }),
    await askPrivately(stack, 'GET', `/api/v1/entries/${entryId}`),
  ]) {
    assert.deepEqual([got.status, got.body.error], [410, gone]);
  }
  const exported = await fetch(`${stack.origin}/api/v1/contests/${contest}/export?format=json`, { headers: { 'x-api-key': stack.key } });
  assert.doesNotMatch(await exported.text(), /joe@example\.com|"Joe"/);
  assert.deepEqual(await board(stack, contest), [['Jane Doe', 60]]);
});
