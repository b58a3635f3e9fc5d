// A Worker with its KV counted: what each request asked of it is in the header `x-kv`. It is asked one thing at a time.

import worker from './worker.js';

let asked;
let bound;

/** A Worker keeps what is bound, so that it is the same for all requests. */
function count(kv) {
  const counted = (method, kind) => (...given) => {
    asked[kind]++;
    return kv[method](...given);
  };
  return {
    get: counted('get', 'reads'),
    getWithMetadata: counted('getWithMetadata', 'reads'),
    list: counted('list', 'lists'),
    put: counted('put', 'writes'),
    delete: counted('delete', 'writes'),
  };
}

export default {
  async fetch(request, env, context) {
    asked = { reads: 0, lists: 0, writes: 0 };
    bound ??= { ...env, LEDGER: count(env.LEDGER) };
    const answer = await worker.fetch(request, bound, context);
    const copy = new Response(answer.body, answer);
    copy.headers.set('x-kv', JSON.stringify(asked));
    return copy;
  },
};
