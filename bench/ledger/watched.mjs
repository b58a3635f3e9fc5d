// A Worker with what it asks of KV for a contest's facts and persons counted, its memory shown, its clock set, and its queue of snapshots
// in the hands of whoever asks, one thing at a time. What the front one hands on is watched behind it.

import { clock, memory } from './clock.mjs';
import worker from './worker.js';

const OF_FACTS = /^(fact|snapshot|tail)\//;
const OF_PERSONS = /^person\//;

let seen;
let bound;

/** A Worker keeps what is bound, so that it is the same for all requests. */
function watch(env) {
  const counted = (method, kind) => (...given) => {
    const [of, value] = given;
    if (OF_FACTS.test(of.prefix ?? of)) seen.asked[kind] += 1;
    if (OF_PERSONS.test(of.prefix ?? of)) seen.persons[kind] += 1;
    if (method === 'put') seen.largest = Math.max(seen.largest, value.length);
    return env.LEDGER[method](...given);
  };
  const LEDGER_KV = {
    get: counted('get', 0),
    getWithMetadata: counted('getWithMetadata', 0),
    list: counted('list', 1),
    put: counted('put', 2),
    delete: counted('delete', 2),
  };
  const sendBatch = async (messages, { delaySeconds }) => {
    seen.sent.push(...messages.map(({ body }) => [body, delaySeconds]));
  };
  return { ...env, LEDGER: 'kv', LEDGER_KV, SNAPSHOTS: { sendBatch } };
}

export default {
  async fetch(request, env) {
    clock.ahead = Number(request.headers.get('x-ahead') ?? 0);
    seen = { asked: [0, 0, 0], persons: [0, 0, 0], sent: [], largest: 0 };
    bound ??= watch(env);
    const waiting = [];
    const context = { waitUntil: (promise) => waiting.push(promise) };
    const done = async () => {
      await Promise.all(waiting);
      return JSON.stringify({ ...seen, memory: memory() });
    };
    if (new URL(request.url).pathname !== '/queue' || !worker.queue) {
      const answer = await worker.fetch(request, bound, context);
      if (answer.headers.has('x-watched')) return answer;
      const copy = new Response(answer.body, answer);
      copy.headers.set('x-watched', await done());
      return copy;
    }
    let failed = 0;
    const messages = (await request.json()).map((body) => ({ body, ack() {}, retry: () => (failed += 1) }));
    await worker.queue({ queue: 'rockettracker-snapshots', messages }, bound, context);
    return new Response(await done(), { status: failed ? 500 : 200 });
  },
};
