// `cargo xtask dev` as people use it: again, emptied, on a port that is taken, and ended.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask, board, CODE, startStack, xtask } from '../support/stack.mjs';

/** The command lines of all processes that name this text. */
function processes(text) {
  const lines = execFileSync('ps', ['-eo', 'pid,args', '-ww'], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(text) && !line.includes('ps -eo'));
}

test('what was tracked is there again after a restart, until it is emptied', async () => {
  const persist = await mkdtemp(join(tmpdir(), 'rockettracker-'));
  const signup = { contestId: 'demo', email: 'joe@example.com', referralCode: CODE };
  let stack;
  try {
    stack = await startStack({ persist });
    const { key } = stack;
    assert.match(stack.run.said, new RegExp(`${stack.origin}/demo/\\?ref=${CODE}`));
    assert(processes(persist).length > 0, 'it is found by its store');
    assert(!processes(persist).some((line) => line.includes('rk_priv_')), 'no secret in a command line');
    assert.equal((await ask(stack, 'POST', '/api/referral/track-signup', signup)).status, 201);
    assert.equal(await stack.stop(), 0);
    assert.deepEqual(processes(persist), [], 'nothing is left running');
    await assert.rejects(fetch(stack.origin));

    const started = Date.now();
    stack = await startStack({ persist, fresh: false });
    const seconds = (Date.now() - started) / 1000;
    assert(seconds < 20, `ready after ${seconds} s, the second time`);
    assert.equal(stack.key, key);
    assert.deepEqual(await board(stack, 'demo'), [['Jane Doe', 10], ['joe@example.com', 5]]);
    await stack.stop();

    stack = await startStack({ persist, fresh: true });
    assert.deepEqual(await board(stack, 'demo'), [['Jane Doe', 0]]);
    assert.equal(await stack.stop(), 0);
    assert.deepEqual(processes(persist), []);
  } finally {
    await stack?.stop();
    await rm(persist, { recursive: true, force: true });
  }
});

test('a port that is taken is said so', async () => {
  const other = createServer();
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address();
  const run = xtask('dev', '--port', String(port), '--persist', join(tmpdir(), 'rockettracker-unused'));
  assert.notEqual(await run.ended, 0);
  assert.match(run.said, new RegExp(`port ${port} is taken.*--port`, 's'));
  other.close();
});

test('--fresh does not empty a folder that is somebody else\'s', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'precious-'));
  await writeFile(join(folder, 'thesis.txt'), 'ten years');
  const run = xtask('dev', '--port', '0', '--fresh', '--persist', folder);
  assert.notEqual(await run.ended, 0);
  assert.match(run.said, /error/);
  const { readFile } = await import('node:fs/promises');
  assert.equal(await readFile(join(folder, 'thesis.txt'), 'utf8'), 'ten years');
  await rm(folder, { recursive: true, force: true });
});

test('a flag that is none gets the usage', async () => {
  const run = xtask('dev', '--prot', '1');
  assert.equal(await run.ended, 2);
  assert.match(run.said, /--prot/);
  assert.match(run.said, /cargo xtask dev/);
});
