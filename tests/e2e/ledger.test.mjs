// All that is kept, taken along, brought, and moved between both ledgers of one deployment, by the commands that its owner types.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, askPrivately, board, CODE, makeContest, startStack, xtask } from '../support/stack.mjs';

let persist;
let stack;
const started = async (ledger) => {
  stack = await startStack({ persist, fresh: false, ledger });
  const secrets = await readFile(join(persist, '.dev.vars'), 'utf8');
  process.env.ADMIN_TOKEN = secrets.match(/^ADMIN_TOKEN=(.+)$/m)[1];
};
before(async () => {
  persist = await mkdtemp(join(tmpdir(), 'rockettracker-'));
  await started('kv');
});
after(async () => {
  await stack?.stop();
  await rm(persist, { recursive: true, force: true });
});

/** What a command says; it has to end with `code`. */
async function ledger(code, ...args) {
  const run = xtask('ledger', ...args, '--host', stack.origin);
  assert.equal(await run.ended, code, run.said);
  return run.said;
}

/** The entries of a ledger, in an order of their own: name, value, metadata, until when. */
async function taken(kind) {
  const file = join(persist, `${kind}.jsonl`);
  assert.match(await ledger(0, 'export', file, '--in', kind), /It holds names and addresses/);
  const [header, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  assert.deepEqual(JSON.parse(header), { rockettracker: 1, in: kind });
  const { entries } = JSON.parse(lines.pop());
  assert.equal(entries, lines.length);
  return lines.map((line) => JSON.parse(line)).sort(([a], [b]) => (a < b ? -1 : 1));
}

const signup = (contestId, email, referralCode) => ask(stack, 'POST', '/api/referral/track-signup', { contestId, email, name: 'Zoë "Z" ÷', referralCode });
const buy = (contestId, orderId, email) => ask(stack, 'POST', '/api/referral/track-purchase', { contestId, orderId, amount: 20, email });
const visit = (contestId, visitorId) => ask(stack, 'POST', '/api/referral/track-visit', { contestId, referralCode: CODE, visitorId });

test('it goes to Durable Objects and back, and nothing is lost on the way', async () => {
  const contest = await makeContest(stack);
  await signup(contest, 'joe@example.com', CODE);
  await signup(contest, 'ann@example.com', CODE);
  for (let number = 0; number < 9; number += 1) {
    assert.equal((await visit(contest, `v-${number}`)).status, 201);
    assert.equal((await buy(contest, `o-${number}`, 'joe@example.com')).status, 201);
  }
  const hooks = `/api/v1/contests/${contest}/webhooks`;
  const hook = await askPrivately(stack, 'POST', hooks, { url: 'https://shop.example/hook', events: ['points.awarded'], enabled: false });
  assert.equal(hook.status, 201);
  const endpoints = async () => (await askPrivately(stack, 'GET', hooks)).body.data.map(({ id }) => id);
  const expected = [['Jane Doe', 200], ['Zoë "Z" ÷', 5], ['Zoë "Z" ÷', 5]];
  assert.deepEqual(await board(stack, contest), expected);
  const kv = await taken('kv');
  assert(kv.some(([name]) => name.startsWith(`person/${contest}/`)) && kv.length > 25);

  assert.match(await ledger(0, 'move', '--to', 'durable'), /set LEDGER = "durable" in wrangler.toml/);
  assert.deepEqual(await taken('durable'), kv);
  await signup(contest, 'late@example.com', CODE);
  await stack.stop();

  await started('durable');
  assert.deepEqual(await board(stack, contest), expected);
  assert.deepEqual(await endpoints(), [hook.body.data.id], 'and what is told, and to whom');
  assert.match(await ledger(0, 'move', '--to', 'durable'), /what was there has stayed/);
  const more = [['Jane Doe', 210], ...expected.slice(1), ['Zoë "Z" ÷', 5]];
  assert.deepEqual(await board(stack, contest), more);
  await buy(contest, 'o-0', 'joe@example.com');
  await buy(contest, 'last', 'ann@example.com');
  const found = await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/entries?search=late`);
  await askPrivately(stack, 'DELETE', `/api/v1/entries/${found.body.data[0].id}`);
  const last = [['Jane Doe', 230], ...expected.slice(1)];
  assert.deepEqual(await board(stack, contest), last);

  await ledger(0, 'move', '--to', 'kv');
  const durable = await taken('durable');
  assert.deepEqual(await taken('kv'), durable, 'also without the person who was erased meanwhile');
  await ledger(0, 'import', join(persist, 'kv.jsonl'));
  assert.deepEqual(await taken('durable'), durable, 'brought again, it is there once');
  assert.deepEqual(await board(stack, contest), last);
  await stack.stop();

  await started('kv');
  assert.deepEqual(await board(stack, contest), last);
});

test('a delivery keeps the time that it has left', async () => {
  const expires = Date.now() + 86_400_000;
  const name = 'delivery/demo/wh_0011223344556677/evt_00112233445566778899aabbccddeeff/1780000000000-1';
  const bring = (kind, entries) => ask(stack, 'PUT', `/api/v1/ledger?in=${kind}`, { entries }, { authorization: `Bearer ${process.env.ADMIN_TOKEN}` });
  const left = async (kind) => (await taken(kind)).find(([known]) => known === name)?.[3];
  assert.equal((await bring('durable', [[name, '{}', { t: 1 }, expires]])).status, 200);
  assert.equal(await left('durable'), expires);
  await ledger(0, 'move', '--to', 'kv');
  assert.equal(await left('kv'), Math.ceil(expires / 1_000) * 1_000, 'KV counts seconds');
  assert.equal((await bring('durable', [[name, '{}', { t: 1 }, Date.now() - 1]])).status, 200);
});

test('what cannot be done says what to do', async () => {
  const file = join(persist, 'broken.jsonl');
  await writeFile(file, '{"rockettracker":1,"in":"kv"}\n["key/0f","{}",null,null]\n');
  assert.match(await ledger(1, 'import', file), /is cut off: export again/);
  assert.match(await ledger(1, 'export', join(persist, 'x'), '--in', 'paper'), /in must be kv or durable/);
  assert.match(await ledger(2, 'burn'), /export, import and move/);
  const token = process.env.ADMIN_TOKEN;
  process.env.ADMIN_TOKEN = 'guess';
  assert.match(await ledger(1, 'export', file), /ADMIN_TOKEN is not that of/);
  process.env.ADMIN_TOKEN = '';
  assert.match(await ledger(1, 'export', file), /ADMIN_TOKEN is not set/);
  process.env.ADMIN_TOKEN = token;
  for (const [entries, status] of [['all', 400], [[['x', '', null, null]], 400], [[['key/x', 1, null, null]], 400], [Array(801).fill(['key/x', '', null, 1]), 400], [[], 200]]) {
    const answer = await ask(stack, 'PUT', '/api/v1/ledger', { entries }, { authorization: `Bearer ${token}` });
    assert.equal(answer.status, status, JSON.stringify(entries).slice(0, 40));
  }
  assert.equal((await askPrivately(stack, 'GET', '/api/v1/ledger')).status, 401, 'a private key is not the owner of the deployment');
});
