// What the log of the real runtime says of a failure, and what it does not.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ask, askPrivately, startStack } from '../support/stack.mjs';

const ROOT = new URL('../..', import.meta.url).pathname;

/** Puts a record past the Worker into the store of a stack that does not run. */
async function put(persist, key, value) {
  const wrangler = [join(ROOT, 'node_modules/wrangler/bin/wrangler.js'), 'kv', 'key', 'put', key, value];
  const env = { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false' };
  await promisify(execFile)(process.execPath, [...wrangler, '--binding', 'LEDGER_KV', '--local', '--persist-to', persist], { cwd: ROOT, env });
}

test('a failure is one line with its route, contest, outcome and time, and nothing that was sent', async () => {
  const persist = await mkdtemp(join(tmpdir(), 'rockettracker-'));
  let stack;
  try {
    await put(persist, 'contest/broken', '{"id":"broken","title":{"joe@example.com":1}}');
    stack = await startStack({ persist, fresh: false });
    const before = stack.run.said.length;
    const answers = [
      await ask(stack, 'POST', '/api/referral/track-signup', { contestId: 'broken', email: 'ann@example.com', referralCode: 'REF-XYZ789' }, { 'cf-ray': 'ray1' }),
      await ask(stack, 'GET', `/api/v1/contests/broken?apiKey=${stack.key}`),
      await askPrivately(stack, 'GET', '/api/v1/contests/broken/entries?search=ann@example.com'),
    ];
    const requests = answers.map(({ status, body, headers }) => {
      assert.equal(status, 503);
      assert.equal(headers.get('retry-after'), '5');
      return body.error.match(/^Temporarily unavailable\. Request (\w+)$/)[1];
    });
    assert.equal(requests[0], 'ray1', 'as Cloudflare calls it');
    const lines = () => stack.run.said.slice(before).match(/\{"cause".*\}/g) ?? [];
    while (lines().length < 3) await new Promise((resolve) => setTimeout(resolve, 50));
    const logged = lines().map((line) => JSON.parse(line));
    assert.deepEqual(logged.map(({ request }) => request), requests);
    assert.deepEqual(
      logged.map(({ method, route, contest, outcome }) => [method, route, contest, outcome]),
      [
        ['POST', '/api/referral/track-signup', 'broken', 'unavailable'],
        ['GET', '/api/v1/contests/:id', 'broken', 'unavailable'],
        ['GET', '/api/v1/contests/:id/entries', 'broken', 'unavailable'],
      ],
    );
    for (const { ms, cause } of logged) {
      assert(Number.isInteger(ms) && ms >= 0 && ms < 10_000, `${ms} ms`);
      assert.match(cause, /^contest\/broken: no record/);
    }
    for (const secret of ['example.com', stack.key, 'REF-XYZ789', '127.0.0.1']) assert(!lines().join().includes(secret), secret);
  } finally {
    await stack?.stop();
    await rm(persist, { recursive: true, force: true });
  }
});
