// A Worker with what it asks of KV for a contest's facts and persons counted, its memory shown, its clock set, and its queue of snapshots
// in the hands of whoever asks. What the front one hands on is watched behind it.

import { WorkerEntrypoint } from 'cloudflare:workers';
import { clock, memory } from './clock.mjs';
import worker from './worker.js';

const OF_FACTS = /^(fact|snapshot|tail)\//;
const OF_PERSONS = /^person\//;

export default class extends WorkerEntrypoint {
  async fetch(request) {
    clock.ahead = Number(request.headers.get('x-ahead') ?? 0);
    const [asked, persons, sent, waiting] = [[0, 0, 0], [0, 0, 0], [], []];
    let largest = 0;
    const counted = (method, kind) => (...given) => {
      const [of, value] = given;
      if (OF_FACTS.test(of.prefix ?? of)) asked[kind] += 1;
      if (OF_PERSONS.test(of.prefix ?? of)) persons[kind] += 1;
      if (method === 'put') largest = Math.max(largest, value.length);
      return this.env.LEDGER[method](...given);
    };
    const LEDGER_KV = {
      getWithMetadata: counted('getWithMetadata', 0),
      list: counted('list', 1),
      put: counted('put', 2),
      delete: counted('delete', 2),
    };
    const sendBatch = async (messages, { delaySeconds }) => {
      sent.push(...messages.map(({ body }) => [body, delaySeconds]));
    };
    const env = { ...this.env, LEDGER: 'kv', LEDGER_KV, SNAPSHOTS: { sendBatch } };
    const context = { waitUntil: (promise) => waiting.push(promise) };
    const done = async () => {
      await Promise.all(waiting);
      return JSON.stringify({ asked, persons, sent, largest, memory: memory() });
    };
    if (new URL(request.url).pathname !== '/queue' || !worker.queue) {
      const answer = await worker.fetch(request, env, context);
      if (answer.headers.has('x-watched')) return answer;
      const copy = new Response(answer.body, answer);
      copy.headers.set('x-watched', await done());
      return copy;
    }
    let failed = 0;
    const messages = (await request.json()).map((body) => ({ body, ack() {}, retry: () => (failed += 1) }));
    await worker.queue({ queue: 'rockettracker-snapshots', messages }, env, context);
    return new Response(await done(), { status: failed ? 500 : 200 });
  }
}
