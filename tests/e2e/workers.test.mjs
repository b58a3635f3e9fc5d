// The two Workers, and what becomes of a request where something between them is amiss.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBack, makeFront, OURS, SECRETS, seed, start } from '../../bench/edge/stands.mjs';

/** Starts them, and gives `ask(path, init, of)`: `[status, body]`. */
async function workers(t, options) {
  const stands = await start({ [OURS]: await makeFront() }, options);
  t.after(stands.close);
  const ask = async (path, init, of = OURS) => {
    const answer = await fetch(stands.origins[of] + path, init);
    return [answer.status, await answer.json(), answer.headers];
  };
  return { stands, ask };
}

const VALIDATE = '/api/referral/validate-code?code=REF-XYZ789&contestId=demo';
const POST = { method: 'POST', headers: { authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` }, body: '{"team":"acme","kind":"private"}' };

test('whoever reaches the one behind past the front is refused', async (t) => {
  const { ask } = await workers(t, { back: await makeBack() });
  assert.equal((await ask('/api/v1/keys', POST))[0], 201);
  for (const headers of [POST.headers, { ...POST.headers, 'x-ledger-mark': '' }]) {
    const [status, body] = await ask('/api/v1/keys', { ...POST, headers }, 'back');
    assert.equal(status, 503);
    assert.match(body.error, /^Temporarily unavailable\. Request /);
  }
});

test('two secrets are found out before anything follows from either', async (t) => {
  const { ask } = await workers(t, { back: await makeBack(), secrets: { LEDGER_SECRET: 'another' } });
  const [status, body] = await ask('/api/v1/keys', POST);
  assert.deepEqual([status, body.success], [503, false]);
});

test('what the one behind would answer is answered 503 while it is not there, and shoppers do not notice', async (t) => {
  const there = await workers(t, { back: await makeBack() });
  await seed(there.stands);
  assert.deepEqual((await there.ask(VALIDATE)).slice(0, 2), [200, { valid: true, contestId: 'demo', referrerEmail: 'j***@example.com', referrerName: 'Jane Doe' }]);
  const { stands } = await workers(t, {});
  for (const path of ['/api/health', '/api/v1/contests', '/api/nothing', '/c/demo']) {
    const answer = await fetch(stands.origins[OURS] + path);
    assert.equal(answer.status, 503, path);
    assert.equal(answer.headers.get('access-control-allow-origin'), path === '/c/demo' ? null : '*', path);
  }
  const missing = await fetch(`${stands.origins[OURS]}/r/demo/REF-XYZ789`);
  assert.equal(missing.status, 404);
});

test('a contest that its owner changes is changed for the next shopper', async (t) => {
  const { stands, ask } = await workers(t, { back: await makeBack() });
  const key = await seed(stands);
  assert.equal((await ask(VALIDATE))[1].valid, true);
  const [status] = await ask('/api/v1/contests/demo', { method: 'PUT', headers: { 'x-api-key': key }, body: '{"status":"paused"}' });
  assert.equal(status, 200);
  assert.equal((await ask(VALIDATE))[0], 403);
});

test('a panic ends what it happens in, and nothing that comes after', async (t) => {
  const contents = `import worker from './worker.js';
export default { fetch: (request, env, context) => request.url.endsWith('/panic') ? worker.scheduled({}, env, context) : worker.fetch(request, env, context) };`;
  const { ask, stands } = await workers(t, { back: { 'panic.mjs': { type: 'esm', contents }, ...(await makeBack()) } });
  for (const number of [1, 2, 3]) {
    // An event without what an event has: the library panics.
    assert.equal((await fetch(`${stands.origins[OURS]}/panic`)).status, 503);
    assert.equal((await ask('/api/v1/keys', POST))[0], 201, `after panic ${number}`);
  }
});
