// What a contest of so many facts asks of KV, what it takes of a Worker's memory, and for how long: the Worker itself, on the real runtime
// over a local KV, with its queue and its clock in our hands.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CODE } from '../../tests/support/stack.mjs';
import { makeBack, makeFront, OURS, seed, start } from '../edge/stands.mjs';
import { fillLocally } from './local.mjs';

/** Facts a minute, where a million come in a month; and so many minutes. */
const A_MINUTE = 23;
const MINUTES = 20;
const MINUTE = 60_000;

/** Operations as `gets, lists, writes`, of each only what there is. */
const operations = ([reads, lists, writes]) => {
  const parts = [[reads, 'get'], [lists, 'list'], [writes, 'write']].filter(([count]) => count > 0);
  return parts.map(([count, what]) => `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`).join(', ') || 'nothing';
};

const sum = (all, asked) => all.map((count, kind) => count + asked[kind]);

/** Our Workers, whose every answer says what it took. */
async function watched(persist) {
  const [clock, wrapper] = await Promise.all(['clock.mjs', 'watched.mjs'].map((file) => readFile(new URL(file, import.meta.url))));
  const script = (contents) => ({ type: 'esm', contents: contents.toString() });
  const watch = { 'watched.mjs': script(wrapper), 'clock.mjs': script(clock) };
  const [front, back] = [await makeFront(), await makeBack()];
  return start({ [OURS]: { ...watch, ...front } }, { persist, back: { ...watch, ...back } });
}

/** What one contest takes. */
async function measure(size) {
  const persist = await mkdtemp(join(tmpdir(), 'rockettracker-'));
  let stands = await watched(persist);
  try {
    const key = await seed(stands);
    await stands.close();
    await fillLocally(persist, 'demo', size);
    // Whose memory has not grown yet.
    stands = await watched(persist);
    const origin = stands.origins[OURS];
    const ask = async (path, body, ahead = 0) => {
      const headers = { 'x-api-key': key, 'x-ahead': ahead };
      const answer = await fetch(origin + path, body === undefined ? { headers } : { method: 'POST', body: JSON.stringify(body), headers });
      const text = await answer.text();
      assert(answer.ok, `${answer.status} ${text}`);
      return JSON.parse(path === '/queue' ? text : answer.headers.get('x-watched'));
    };
    /** Does what messages ask for, and what that asks for at once; what it took, and what is to be done later. */
    const handle = async (texts, ahead) => {
      const began = performance.now();
      const took = { asked: [0, 0, 0], text: 0, later: [] };
      while (texts.length) {
        const { asked, persons, sent, largest, memory } = await ask('/queue', texts, ahead);
        took.asked = sum(took.asked, sum(asked, persons));
        took.text = Math.max(took.text, largest);
        took.memory = memory;
        took.later.push(...sent.filter(([, delay]) => delay > 0).map(([text]) => text));
        texts = sent.filter(([, delay]) => !delay).map(([text]) => text);
      }
      return { ...took, ms: performance.now() - began };
    };
    const message = (task) => [JSON.stringify({ contest: 'demo', ...task })];
    const made = await handle(message({ asked: Date.now() }), 0);
    const night = await handle(message({ prove: {} }), 30 * MINUTE);
    const paths = {
      leaderboard: '/api/v1/contests/demo/leaderboard',
      stats: `/api/referral/stats?code=${CODE}&contestId=demo`,
      entries: `/api/v1/contests/demo/entries?page=${Math.ceil(size / 2_000)}&limit=25`,
      analytics: '/api/v1/contests/demo/analytics',
    };
    const reads = {};
    for (const [name, path] of Object.entries(paths)) reads[name] = (await ask(path)).asked;
    // Somebody, and the records of who is found.
    const search = await ask('/api/v1/contests/demo/entries?search=ane%20d');
    reads.search = sum(search.asked, search.persons);
    // As it goes on: a batch each minute, and a look whether it is there.
    let [all, longest] = [[0, 0, 0], 0];
    for (let minute = 60; minute < 60 + MINUTES; minute += 1) {
      const told = [];
      for (let number = 0; number < A_MINUTE; number += 1) {
        const visit = { contestId: 'demo', referralCode: CODE, visitorId: `v-${minute}-${number}` };
        const { asked, sent } = await ask('/api/referral/track-visit', visit, minute * MINUTE);
        all = sum(all, asked);
        told.push(...sent.map(([text]) => text));
      }
      const batch = await handle(told, minute * MINUTE);
      const look = await handle(batch.later, minute * MINUTE);
      all = sum(sum(all, batch.asked), look.asked);
      longest = Math.max(longest, batch.ms);
    }
    const { memory } = await handle(message({ asked: 0 }), 0);
    const text = Math.max(made.text, night.text);
    return { reads, made, night, text, memory, all: all.map((count) => count / (A_MINUTE * MINUTES)), longest };
  } finally {
    await stands.close();
    await rm(persist, { recursive: true, force: true });
  }
}

/** A time. */
export const shown = (ms) => (ms < 10 ? ms.toFixed(1) : ms < 1_000 ? ms.toFixed(0) : `${(ms / 1_000).toFixed(1)} s`);

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/** What all take: a table, and how long a night takes of each. */
export async function count(sizes, note) {
  const [rows, nights] = [[], {}];
  for (const size of sizes) {
    const { reads, made, night, text, memory, all, longest } = await measure(size);
    note(`counted: ${size} facts: ${JSON.stringify({ reads, made, night, text, memory, all, longest })}`);
    nights[size] = night.ms;
    const asked = [...Object.values(reads).map(operations), all[2].toFixed(3), all[1].toFixed(3), operations(night.asked)];
    const taken = [megabytes(memory), megabytes(text), ...[made.ms, night.ms, longest].map(shown)];
    rows.push(`| ${[size.toLocaleString('en'), ...asked, ...taken].join(' | ')} |`);
  }
  const counted = [
    `What is asked of KV for a contest's facts (a search and a night: for its persons as well), and what a snapshot takes of the Worker: its WebAssembly's memory after a snapshot was made, a night and ${MINUTES} batches, none of which it ever gives back; beside it, in JavaScript, the text on its way to KV and from there; and milliseconds where no unit is named. *Writes* and *lists a fact*: as ${A_MINUTE} facts come in a minute, as a million do in a month, their own writes included; the nights come on top.`,
    '',
    '| facts | leaderboard | stats | a page of entries | analytics | a search | writes a fact | lists a fact | a night asks | memory | text | to make it | a night | a batch |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
  return { counted, nights };
}
