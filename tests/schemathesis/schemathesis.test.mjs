// The running Worker, asked what its document allows, and what it does not: thousands of cases, made by Schemathesis, with all of
// its checks. No 5xx, every answer as it is documented, what is valid accepted and what is not refused.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { askPrivately, CODE, makeContest, startStack } from '../support/stack.mjs';

const CASES = 2_000;
const WEBHOOK_SECRET = 'the-site-secret';
const SIGNING_SECRET = 'whsec_signing_secret';
const SOLD = 'sold';

let stack, folder;
before(async () => {
  assert(process.env.SCHEMATHESIS, 'SCHEMATHESIS names no program: run `cargo xtask test`');
  [stack, folder] = await Promise.all([startStack(), mkdtemp(join(tmpdir(), 'rockettracker-schemathesis-'))]);
});
after(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What there is to find: contests, participants, an order that may be refunded for long, keys to revoke. */
async function seed() {
  const settings = {
    siteUrl: 'https://shop.example/', points: { purchase: { perUnit: { advocate: 1 } } },
    bonusActions: [{ id: 'follow', action: 'follow', description: 'Follow us', points: 5 }],
    webhookSecret: WEBHOOK_SECRET, stripe: { signingSecrets: [SIGNING_SECRET], testMode: true }, shopify: { secret: SIGNING_SECRET, testMode: true },
  };
  await makeContest(stack, { id: 'asked', settings });
  await makeContest(stack, { id: 'changed', settings });
  const post = async (path, body) => {
    const { status, body: { data } } = await askPrivately(stack, 'POST', path, body);
    assert.equal(status, 201, path);
    return data;
  };
  const joe = await post('/api/v1/contests/asked/entries', { email: 'joe@example.com', name: 'Joe', referralCode: CODE });
  await post('/api/v1/contests/asked/purchases', { orderId: SOLD, amount: 1e9, email: 'joe@example.com' });
  const erased = [];
  for (const n of [1, 2, 3, 4]) erased.push((await post('/api/v1/contests/asked/entries', { email: `erased-${n}@example.com` })).id);
  const { body: { data: [own] } } = await askPrivately(stack, 'GET', '/api/v1/keys');
  const keys = [];
  for (let n = 0; n < 8; n += 1) keys.push((await post('/api/v1/keys', { kind: 'public' })).id);
  const { body: { data: [jane] } } = await askPrivately(stack, 'GET', '/api/v1/contests/asked/entries');
  return { jane: jane.id, entries: [jane.id, joe.id], erased, keys, own: own.id };
}

test('every answer fits the document, whatever is asked', async (t) => {
  const { jane, entries, erased, keys, own } = await seed();
  const config = join(folder, 'schemathesis.toml');
  const report = join(folder, 'report.json');
  const template = await readFile(new URL('schemathesis.toml', import.meta.url), 'utf8');
  const lists = { ENTRIES: entries, ERASED: erased, KEYS: keys };
  await writeFile(config, template.replace(/(?<== )(ENTRIES|ERASED|KEYS)$/gm, (name) => JSON.stringify(lists[name])));
  const child = spawn(process.env.SCHEMATHESIS, [
    '--config-file', config, 'run', `${stack.origin}/api/openapi.json`, '--no-color', '--report', 'json', '--report-json-path', report,
  ], {
    cwd: folder, stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env, SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: new URL('.', import.meta.url).pathname, PYTHONDONTWRITEBYTECODE: '1',
      KEY: stack.key, WEBHOOK_SECRET, SIGNING_SECRET, SOLD, OWN_KEY: own, JANE: jane, ERASED: erased[0], ENTRIES: entries.join(),
    },
  });
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
  const { test_cases: cases, operations, failures, errors, running_time: seconds } = JSON.parse(await readFile(report, 'utf8'));
  t.diagnostic(`${cases.generated} cases of ${operations.tested} operations in ${Math.round(seconds)} s`);
  assert.deepEqual([failures, errors, code], [[], [], 0]);
  assert.equal(operations.tested, operations.total);
  assert(cases.generated - cases.without_checks >= CASES, `${cases.generated} cases, ${cases.without_checks} of them unchecked`);
});
