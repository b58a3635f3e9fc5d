// A Worker with its KV counted: what each request asked of it is in the header `x-kv`.

import { WorkerEntrypoint } from 'cloudflare:workers';
import worker from './worker.js';

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const asked = { reads: 0, lists: 0, writes: 0 };
    const counted = (method, kind) => (...given) => {
      asked[kind]++;
      return this.env.LEDGER[method](...given);
    };
    const LEDGER = {
      get: counted('get', 'reads'),
      getWithMetadata: counted('getWithMetadata', 'reads'),
      list: counted('list', 'lists'),
      put: counted('put', 'writes'),
      delete: counted('delete', 'writes'),
    };
    const env = { ...this.env, LEDGER };
    const answer = await worker.fetch(request, env, this.ctx);
    const copy = new Response(answer.body, answer);
    copy.headers.set('x-kv', JSON.stringify(asked));
    return copy;
  }
}
