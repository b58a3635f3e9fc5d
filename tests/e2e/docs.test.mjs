// Every command in docs/api.md, run in a shell as a reader would, from top to bottom, and the program in docs/webhooks.md.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { askPrivately, freePort, makeContest, startStack } from '../support/stack.mjs';

/** A delivery is listed once it was tried, and nobody is at that address. */
async function listed(endpoint) {
  const path = `/api/v1/contests/autumn/webhooks/${endpoint}/deliveries`;
  while ((await askPrivately(stack, 'GET', path)).body.data.length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
}

let stack, folder;
before(async () => {
  stack = await startStack();
  folder = await mkdtemp(join(tmpdir(), 'rockettracker-docs-'));
});
after(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('every command of the API\'s page works', async (t) => {
  const page = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const [, ...sections] = page.split(/^### /m);
  const env = { ...process.env, HOST: stack.origin, KEY: stack.key };
  let commands = 0;
  for (const section of sections) {
    const title = section.split('\n', 1)[0];
    const block = section.match(/```sh\n(.*?)```/s)?.[1];
    if (!title.startsWith('`')) continue;
    await t.test(title, async () => {
      assert(block, 'no command');
      if (title.includes('replay')) await listed(env.ENDPOINT);
      const { stdout } = await promisify(execFile)('bash', ['-ec', block.replaceAll('curl ', 'curl -sS --fail-with-body ')], { env, cwd: folder });
      if (title.includes('export')) return assert.match(stdout, /^id,email,name.*\r\n.*joe@example\.com/s);
      const { success, data } = JSON.parse(stdout);
      assert.equal(success, true);
      if (title.startsWith('`POST /api/v1/keys')) env.KEY_ID = data.id;
      if (title.startsWith('`POST /api/v1/contests/:id/entries')) env.ENTRY = data.id;
      if (title.startsWith('`POST /api/v1/contests/:id/webhooks`')) env.ENDPOINT = data.id;
      if (title.includes('/test`')) env.DELIVERY = data.deliveryId;
    });
    commands += 1;
  }
  assert.equal(commands, 32);
  const board = await askPrivately(stack, 'GET', '/api/v1/contests/autumn/leaderboard');
  assert.deepEqual(board.body.data.map(({ name, points }) => [name, points]), [['Jane Doe', 120]]);
});

test('the receiver on the page about webhooks takes what is ours, once, and nothing else', async () => {
  const page = await readFile(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
  const [, program] = page.match(/```js\n(.*?)```/s);
  const contest = await makeContest(stack);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/webhooks`;
  const made = await askPrivately(stack, 'POST', `/api/v1/contests/${contest}/webhooks`, { url });
  const { id, secret } = made.body.data;
  const env = { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port) };
  const root = new URL('../..', import.meta.url).pathname;
  const receiver = spawn(process.execPath, ['--input-type=module', '--eval', program], { env, cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  receiver.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  try {
    const forged = () => fetch(url, { method: 'POST', body: '{"type":"points.awarded"}', headers: { 'webhook-id': 'evt_1' } });
    const refused = await until(() => forged().catch(() => undefined));
    assert.equal(refused.status, 400);
    const path = `/api/v1/contests/${contest}/webhooks/${id}`;
    const { deliveryId } = (await askPrivately(stack, 'POST', `${path}/test`)).body.data;
    const delivered = async (attempts) => {
      const { data } = (await askPrivately(stack, 'GET', `${path}/deliveries?status=delivered`)).body;
      return data[0]?.attempts.length === attempts ? data[0] : undefined;
    };
    const { attempts } = await until(() => delivered(1));
    assert.equal(attempts[0].status, 204);
    assert.equal((await askPrivately(stack, 'POST', `${path}/deliveries/${deliveryId}/replay`)).status, 200);
    await until(() => delivered(2));
    assert.equal(said, `endpoint.test ${JSON.stringify({ contestId: contest, endpointId: id })}\n`);
  } finally {
    receiver.kill();
  }
});

async function until(look) {
  for (const deadline = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const found = await look();
    if (found !== undefined) return found;
    assert(Date.now() < deadline, 'it takes too long');
  }
}
