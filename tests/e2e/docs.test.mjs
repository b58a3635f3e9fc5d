// Every command in docs/api.md, run in a shell as a reader would, from top to bottom.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { askPrivately, startStack } from '../support/stack.mjs';

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
      const { stdout } = await promisify(execFile)('bash', ['-ec', block.replaceAll('curl ', 'curl -sS --fail-with-body ')], { env, cwd: folder });
      if (title.includes('export')) return assert.match(stdout, /^id,email,name.*\r\n.*joe@example\.com/s);
      const { success, data } = JSON.parse(stdout);
      assert.equal(success, true);
      if (title.startsWith('`POST /api/v1/keys')) env.KEY_ID = data.id;
      if (title.startsWith('`POST /api/v1/contests/:id/entries')) env.ENTRY = data.id;
    });
    commands += 1;
  }
  assert.equal(commands, 23);
  const board = await askPrivately(stack, 'GET', '/api/v1/contests/autumn/leaderboard');
  assert.deepEqual(board.body.data.map(({ name, points }) => [name, points]), [['Jane Doe', 120]]);
});
