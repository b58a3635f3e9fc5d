// The whole product as a newcomer starts it: `cargo xtask dev` on a port and a store of its own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fits } from './document.mjs';
import { freePort } from './port.mjs';

const ROOT = new URL('../..', import.meta.url).pathname;

/** The code of Jane, the advocate in the demo contest. */
export const CODE = 'REF-XYZ789';

/** Runs `cargo xtask` with these arguments; `said` is what it has printed so far, `ended` its exit code. */
export function xtask(...args) {
  const child = spawn('cargo', ['xtask', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, CI: '' } });
  const run = { child, said: '', ended: new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal))) };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      run.said += text;
    });
  }
  return run;
}

/** Whether this process waits for a child's end. */
const waited = ({ child }, on) => {
  for (const part of [child, child.stdout, child.stderr]) part[on ? 'ref' : 'unref']();
};

const stacks = [];
process.once('exit', () => stacks.forEach(({ child }) => child.kill('SIGINT')));

/** Resolves once `look` gives something else than undefined; fails with `run`'s output when that ended or time is up. */
async function until(run, look, seconds) {
  const deadline = Date.now() + seconds * 1000;
  let over = false;
  run.ended.then(() => (over = true));
  while (true) {
    const found = look();
    if (found !== undefined) return found;
    assert(!over && Date.now() < deadline, `not ready:\n${run.said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Starts the stack on a free port and an empty store, unless `persist` names one; resolves once it is seeded.
 * `limits`: as when deployed, not a hundred times as many requests. `ledger`: `kv` or `durable`. `stop()` is Ctrl-C, and gives the exit code.
 * It ends with the tests also where nobody stops it, as when a browser does not start.
 */
export async function startStack({ persist, fresh = true, limits = false, ledger = process.env.LEDGER ?? 'kv' } = {}) {
  const directory = persist ?? (await mkdtemp(join(tmpdir(), 'rockettracker-')));
  const port = await freePort();
  const run = xtask('dev', '--port', String(port), '--persist', directory, ...(fresh ? ['--fresh'] : []), ...(limits ? ['--limits'] : []), '--ledger', ledger);
  const origin = await until(run, () => run.said.match(/^ready: (\S+)$/m)?.[1], 900);
  const key = run.said.match(/rk_priv_\w+/)?.[0];
  assert(key, `no private key is printed:\n${run.said}`);
  stacks.push(run);
  waited(run, false);
  return {
    origin,
    key,
    port,
    run,
    async stop() {
      waited(run, true);
      run.child.kill('SIGINT');
      const code = await run.ended;
      if (!persist) await rm(directory, { recursive: true, force: true });
      return code;
    },
  };
}

/**
 * Asks the API: `{ status, body, headers }`. A body that is no string is sent as JSON. What is answered has to fit the document,
 * whatever else a test asks of it.
 */
export async function ask(stack, method, path, body, headers = {}) {
  const sent = body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(stack.origin + path, {
    method,
    body: sent,
    headers: sent === undefined ? headers : { 'content-type': 'application/json', ...headers },
    redirect: 'manual',
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  const answer = { status: response.status, headers: response.headers, body: text === '' ? undefined : isJson ? JSON.parse(text) : text };
  fits(method, path, answer);
  return answer;
}

/** The same, with the private key. */
export const askPrivately = (stack, method, path, body) => ask(stack, method, path, body, { 'x-api-key': stack.key });

/** A contest of its own for one test, open, with an advocate whose code is `REF-XYZ789`; gives its id. */
export async function makeContest(stack, more = {}) {
  const made = await askPrivately(stack, 'POST', '/api/v1/contests', {
    title: 'A contest',
    status: 'active',
    settings: { points: { signup: { advocate: 10, friend: 5 }, purchase: { perUnit: { advocate: 1 } } } },
    ...more,
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body.data;
  const participants = [{ email: 'jane@example.com', name: 'Jane Doe', referralCode: CODE }];
  const imported = await askPrivately(stack, 'POST', `/api/v1/contests/${id}/import`, { participants });
  assert.equal(imported.body.data.report[0].status, 'created');
  return id;
}

/** `[[name or e-mail, points], …]`, the first first. */
export async function board(stack, contest) {
  const { body } = await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/leaderboard?limit=100`);
  return body.data.map(({ name, email, points }) => [name ?? email, points]);
}
