// Webhooks as a receiver gets them: through the real Workers runtime and its queues, verified by the official library.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { startReceiver } from '../support/receiver.mjs';
import { ask, askPrivately, CODE, makeContest, startStack } from '../support/stack.mjs';

let stack, receiver;
before(async () => {
  stack = await startStack();
  receiver = await startReceiver({
    '/dead': undefined,
    '/flaky': (before) => (before === 0 ? 503 : 200),
    '/gone': 410,
    '/moved': { status: 302, headers: { location: '/elsewhere' } },
  });
});
after(async () => {
  await receiver?.stop();
  await stack?.stop();
});

/** A contest with an endpoint at each of these paths; `{ contest, endpoints: { path: { id, secret } } }`. */
async function open(paths, more = {}) {
  const contest = await makeContest(stack);
  const endpoints = {};
  for (const path of paths) {
    const made = await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/webhooks`, { url: receiver.origin + path, ...more });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    endpoints[path] = made.body.data;
  }
  return { contest, endpoints };
}

const signup = (contest, email, more) => ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, email, referralCode: CODE, ...more });
const verified = ({ body, headers }, { secret }) => new Webhook(secret).verify(body, headers);
const ids = (requests) => requests.map(({ headers }) => headers['webhook-id']);

/** The deliveries to an endpoint once `look` is content with them. */
async function deliveries({ contest, endpoints }, path, look, query = '') {
  const deadline = Date.now() + 40_000;
  while (true) {
    const listed = await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/webhooks/${endpoints[path].id}/deliveries${query}`);
    assert.equal(listed.status, 200);
    if (look(listed.body.data)) return listed.body;
    assert(Date.now() < deadline, JSON.stringify(listed.body));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('a friend signs up and buys, and the receiver verifies every word of it', async () => {
  const { contest, endpoints } = await open(['/crm']);
  const joe = (await signup(contest, 'joe@example.com', { name: 'Joé' })).body.data;
  const order = { contestId: contest, orderId: '1001', amount: 79.99, currency: 'EUR', email: 'joe@example.com' };
  const bought = (await ask(stack, 'POST', '/api/referral/track-purchase', order)).body.data;
  const requests = await receiver.wait('/crm', 5);
  const events = requests.map((request) => verified(request, endpoints['/crm']));
  const of = (type) => events.filter((event) => event.type === type);
  assert.equal(of('points.awarded').length, 3);
  assert.deepEqual(of('points.awarded').map(({ data }) => [data.email, data.cause, data.points]).sort(), [
    ['jane@example.com', 'friendPurchased', 80], ['jane@example.com', 'friendSignedUp', 10], ['joe@example.com', 'signedUpReferred', 5],
  ]);
  const [{ data: tracked, timestamp }] = of('signup.tracked');
  const advocate = { entryId: tracked.advocate.entryId, email: 'jane@example.com', name: 'Jane Doe', phone: null, referralCode: CODE };
  assert.deepEqual(tracked, {
    contestId: contest, entryId: joe.entryId, email: 'joe@example.com', name: 'Joé', phone: null, referralCode: joe.referralCode,
    isReferred: true, advocate, pointsAwarded: { advocate: 10, friend: 5 },
  });
  assert(Math.abs(Date.parse(timestamp) - Date.now()) < 60_000);
  assert.deepEqual(of('purchase.tracked')[0].data, {
    contestId: contest, purchaseId: bought.purchaseId, orderId: '1001', amount: 79.99, currency: 'EUR', status: 'confirmed', source: 'browser',
    entryId: joe.entryId, email: 'joe@example.com', name: 'Joé', phone: null, advocate, pointsAwarded: { advocate: 80, friend: 0 },
  });
  for (const request of requests) {
    assert.deepEqual([request.method, request.headers['content-type'], request.headers['user-agent']], ['POST', 'application/json', 'RocketTracker-Webhooks/1']);
    assert.throws(() => verified({ ...request, body: request.body.replace('joe@', 'ann@') + ' ' }, endpoints['/crm']));
    assert.throws(() => new Webhook(`whsec_${'A'.repeat(32)}`).verify(request.body, request.headers));
  }
  assert.equal(new Set(ids(requests)).size, 5);

  // The same call again, as after an answer that was lost.
  await signup(contest, 'joe@example.com', { name: 'Joé' });
  const twice = await receiver.wait('/crm', 8);
  assert.deepEqual([...new Set(ids(twice))].sort(), ids(requests).sort(), 'doubles have the id of what they are doubles of');
});

test('a dead receiver delays neither another one nor a shopper', async () => {
  const quick = await open(['/quick'], { events: ['signup.tracked'] });
  const took = async (contest) => {
    const began = performance.now();
    for (let n = 0; n < 10; n += 1) assert.equal((await signup(contest, `friend-${n}@example.com`)).status, 201);
    return performance.now() - began;
  };
  const alone = await took(quick.contest);
  const all = await open(['/dead', '/quick-too'], { events: ['signup.tracked'] });
  const beside = await took(all.contest);
  const sent = Date.now();
  const requests = await receiver.wait('/quick-too', 10, 20);
  assert(beside < 2 * alone + 250, `ten signups: ${Math.round(alone)} ms, ${Math.round(beside)} ms beside a dead receiver`);
  // A dead one is waited for in the first queue for 5 s, and then it is known.
  const latest = Math.max(...requests.map(({ at }) => at)) - sent;
  assert(latest < 9_000, `the last of ten after ${latest} ms`);
  const before = Date.now();
  await signup(all.contest, 'later@example.com');
  await receiver.wait('/quick-too', 11, 20);
  assert(Date.now() - before < 4_000, `${Date.now() - before} ms`);
  const tried = await deliveries(all, '/dead', (data) => data.some(({ attempts }) => attempts.length > 0));
  assert.deepEqual([tried.data.at(-1).status, tried.data.at(-1).attempts[0].status, tried.data.at(-1).attempts[0].error], ['retrying', null, 'no answer within 5 s']);
  // What waits for it would be waited for by those that are tried again in the tests below.
  assert.equal((await askPrivately(stack, 'DELETE', `/api/v1/contests/${all.contest}/webhooks/${all.endpoints['/dead'].id}`)).status, 200);
});

test('what is refused comes again a little later, under its id', async () => {
  const world = await open(['/flaky'], { events: ['signup.tracked'] });
  await signup(world.contest, 'joe@example.com');
  const [first, second] = await receiver.wait('/flaky', 2, 50);
  assert.equal(first.headers['webhook-id'], second.headers['webhook-id']);
  assert.equal(first.body, second.body);
  assert(second.at - first.at > 3_500, `after ${second.at - first.at} ms`);
  [first, second].forEach((request) => verified(request, world.endpoints['/flaky']));
  const { data, pagination } = await deliveries(world, '/flaky', ([delivery]) => delivery?.status === 'delivered');
  assert.deepEqual(pagination, { page: 1, limit: 20, total: 1, totalPages: 1 });
  assert.deepEqual([data[0].id, data[0].type, data[0].nextAttemptAt], [first.headers['webhook-id'], 'signup.tracked', null]);
  assert.deepEqual(data[0].attempts.map(({ attempt, status, error }) => [attempt, status, error]), [[1, 503, null], [2, 200, null]]);
  assert(!JSON.stringify(data).includes('what a receiver says'));
});

test('a dead letter is kept, and replayed by hand', async () => {
  const world = await open(['/gone'], { events: ['signup.tracked'] });
  await signup(world.contest, 'joe@example.com');
  const { data } = await deliveries(world, '/gone', (found) => found.length === 1, '?status=failed');
  assert.deepEqual([data[0].attempts.length, data[0].attempts[0].status, data[0].nextAttemptAt], [1, 410, null]);
  const path = `/api/v1/contests/${world.contest}/webhooks/${world.endpoints['/gone'].id}`;
  const moved = await askPrivately(stack, 'PUT', path, { url: `${receiver.origin}/back` });
  assert.equal(moved.body.data.url, `${receiver.origin}/back`);
  const replayed = await askPrivately(stack, 'POST', `${path}/deliveries/${data[0].id}/replay`);
  assert.deepEqual([replayed.status, replayed.body.data], [200, { deliveryId: data[0].id }]);
  const [request] = await receiver.wait('/back', 1);
  assert.equal(request.headers['webhook-id'], data[0].id);
  assert.equal(verified(request, world.endpoints['/gone']).data.email, 'joe@example.com');
  await deliveries(world, '/gone', ([delivery]) => delivery?.status === 'delivered');
});

test('a redirect is a refusal, and is not followed', async () => {
  const world = await open(['/moved'], { events: ['signup.tracked'] });
  await signup(world.contest, 'joe@example.com');
  const { data } = await deliveries(world, '/moved', (found) => found.length === 1);
  assert.deepEqual([data[0].status, data[0].attempts[0].status], ['retrying', 302]);
  assert.equal(receiver.at('/elsewhere').length, 0);
});

test('of somebody who was erased nothing is sent again', async () => {
  const world = await open(['/private'], { events: ['signup.tracked'] });
  const joe = (await signup(world.contest, 'joe@example.com', { name: 'Joe' })).body.data;
  const [first] = await receiver.wait('/private', 1);
  assert(first.body.includes('joe@example.com'));
  assert.equal((await askPrivately(stack, 'DELETE', `/api/v1/entries/${joe.entryId}`)).status, 200);
  const { data } = await deliveries(world, '/private', (found) => found.length === 1);
  await askPrivately(stack, 'POST', `/api/v1/contests/${world.contest}/webhooks/${world.endpoints['/private'].id}/deliveries/${data[0].id}/replay`);
  const [, second] = await receiver.wait('/private', 2);
  const { entryId, email, name } = verified(second, world.endpoints['/private']).data;
  assert.deepEqual([entryId, email, name], [joe.entryId, null, null]);
  assert(!/joe/i.test(second.body + JSON.stringify(data)));
});

test('an owner tries an endpoint out, and changes its secret without losing anything', async () => {
  const world = await open(['/test'], { events: ['visit.tracked'] });
  const path = `/api/v1/contests/${world.contest}/webhooks/${world.endpoints['/test'].id}`;
  const { status, body } = await askPrivately(stack, 'POST', `${path}/test`);
  assert.equal(status, 201);
  const [request] = await receiver.wait('/test', 1);
  assert.equal(request.headers['webhook-id'], body.data.deliveryId);
  const event = verified(request, world.endpoints['/test']);
  assert.deepEqual([event.type, event.data], ['endpoint.test', { contestId: world.contest, endpointId: world.endpoints['/test'].id }]);

  const rotated = (await askPrivately(stack, 'PUT', path, { rotateSecret: true })).body.data;
  assert.match(rotated.secret, /^whsec_[A-Za-z0-9+/]{32}$/);
  await askPrivately(stack, 'POST', `${path}/test`);
  const [, second] = await receiver.wait('/test', 2);
  for (const endpoint of [world.endpoints['/test'], rotated]) verified(second, endpoint);
  const seen = await askPrivately(stack, 'GET', `/api/v1/contests/${world.contest}/webhooks`);
  assert.deepEqual(Object.keys(seen.body.data[0]).sort(), ['createdAt', 'description', 'enabled', 'events', 'id', 'url']);
});

test('what nobody can reach is refused on a developer\'s machine, too', async () => {
  const contest = await makeContest(stack);
  for (const url of ['ftp://shop.example/', 'https://user:password@shop.example/', 'shop.example', '']) {
    const { status, body } = await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/webhooks`, { url });
    assert.deepEqual([status, body.field], [400, 'url'], url);
  }
});
