// Keys and what they open: listed without themselves, revoked for good, and each team on its own.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { ask, askPrivately, CODE, makeContest, startStack } from '../support/stack.mjs';

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

test('a key is shown once, listed without itself, and opens nothing once it is revoked', async () => {
  const made = await askPrivately(stack, 'POST', '/api/v1/keys', { kind: 'public', name: 'the page' });
  assert.equal(made.status, 201);
  const { key, ...rest } = made.body.data;
  assert.match(key, /^rk_pub_[0-9a-f]{48}$/);
  assert.equal(rest.id, createHash('sha256').update(key).digest('hex').slice(0, 16), 'whoever has a key finds it in the list');
  const listed = await askPrivately(stack, 'GET', '/api/v1/keys?limit=100');
  assert.deepEqual(listed.body.data.find(({ id }) => id === rest.id), rest);
  assert(!JSON.stringify(listed.body).includes(key));
  assert.equal(listed.body.pagination.total, listed.body.data.length);

  const contests = () => ask(stack, 'GET', '/api/v1/contests', undefined, { 'x-api-key': key });
  assert.equal((await contests()).status, 200);
  for (const [method, path] of [['GET', '/api/v1/keys'], ['DELETE', `/api/v1/keys/${rest.id}`], ['POST', '/api/v1/contests']]) {
    assert.equal((await ask(stack, method, path, undefined, { 'x-api-key': key })).status, 403, path);
  }
  const revoked = await askPrivately(stack, 'DELETE', `/api/v1/keys/${rest.id}`);
  assert.deepEqual([revoked.status, revoked.body.data], [200, { id: rest.id, revoked: true }]);
  const after = await contests();
  assert.deepEqual([after.status, after.body.error], [401, 'Missing or invalid API key']);
  assert.equal((await askPrivately(stack, 'DELETE', `/api/v1/keys/${rest.id}`)).status, 404);
});

test('contests are listed with their documented fields, page by page', async () => {
  const ids = [await makeContest(stack, { id: 'list-a' }), await makeContest(stack, { id: 'list-b', description: 'Two\nlines' })];
  const { body } = await askPrivately(stack, 'GET', '/api/v1/contests?limit=100');
  const listed = body.data.filter(({ id }) => ids.includes(id));
  assert.deepEqual(listed[1], {
    id: 'list-b', title: 'A contest', description: 'Two\nlines', status: 'active', startDate: null, endDate: null, isEvergreen: false,
    mode: 'leaderboard', slug: 'list-b', entriesCount: 1,
  });
  const first = await askPrivately(stack, 'GET', '/api/v1/contests?limit=1');
  assert.deepEqual(first.body.pagination, { page: 1, limit: 1, total: body.data.length, totalPages: body.data.length });
  assert.equal(first.body.data.length, 1);
});

test('a contest is changed where it is named, and nothing that was given is taken', async () => {
  const contest = await makeContest(stack);
  await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, email: 'joe@example.com', referralCode: CODE });
  const before = (await askPrivately(stack, 'GET', `/api/v1/contests/${contest}`)).body.data;
  const changed = await askPrivately(stack, 'PUT', `/api/v1/contests/${contest}`, {
    status: 'paused', settings: { points: { signup: { advocate: 1 } }, caps: { perAdvocatePerDay: 1 } },
  });
  const { settings } = before;
  assert.deepEqual(changed.body.data, {
    ...before, status: 'paused',
    settings: { ...settings, points: { ...settings.points, signup: { advocate: 1, friend: 5 } }, caps: { perAdvocatePerDay: 1 } },
  });
  const { body } = await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/leaderboard`);
  assert.deepEqual(body.data.map(({ points }) => points), [10, 5]);
  const late = await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, email: 'kim@example.com' });
  assert.deepEqual([late.status, late.body.error], [403, 'This contest is paused']);
});

test('only pages of its origins call a contest that names some', async () => {
  const contest = await makeContest(stack, { settings: { allowedOrigins: ['https://shop.example'] } });
  const visit = (origin) => ask(stack, 'POST', '/api/referral/track-visit', { contestId: contest, referralCode: CODE }, origin && { origin });
  const evil = await visit('https://evil.example');
  assert.deepEqual([evil.status, evil.body.error], [403, 'This contest takes no calls from pages of https://evil.example']);
  assert.equal(evil.headers.get('access-control-allow-origin'), '*', 'so that the page can read why');
  assert.equal((await visit('https://shop.example')).status, 201);
  assert.equal((await visit()).status, 201);
});
