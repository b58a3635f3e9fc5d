// Asks the API with the private key of this tab. What is refused has the API's own words, and the field that they are about.

import { say } from './say.js';

const STORED = 'rocket-dashboard-key';
/** What is waited for at most, but for what takes long by its nature. */
const PATIENCE_MS = 20_000;

let remembered = null;

/** The key, for as long as the tab is open. Where a browser keeps nothing, until the page is left. */
export const session = {
  get key() {
    try {
      return sessionStorage.getItem(STORED) ?? remembered;
    } catch {
      return remembered;
    }
  },
  set key(key) {
    remembered = key;
    try {
      sessionStorage.setItem(STORED, key);
    } catch { /* It is remembered. */ }
  },
  forget() {
    remembered = null;
    try {
      sessionStorage.removeItem(STORED);
    } catch { /* It was never there. */ }
  },
};

/** What was refused, and why. `status` is 0 where nobody answered. */
export class Refusal extends Error {
  constructor(status, { error, field } = {}) {
    super(error ?? (status ? `The answer was ${status}.` : 'The deployment does not answer. Are you online?'));
    Object.assign(this, { status, field });
  }
}

let signedOut = () => {};
/** `act` is told why, when the key is taken no more. */
export const onSignedOut = (act) => (signedOut = act);

const pause = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener('abort', () => {
    clearTimeout(timer);
    reject(signal.reason);
  });
});

/** The response itself, once it is a good one. `key` is another one than the session's. */
export async function fetched(method, path, { body, type = 'application/json', signal, key = session.key, patience = PATIENCE_MS } = {}) {
  const options = { method, headers: { 'x-api-key': key }, cache: 'no-store' };
  if (body !== undefined) {
    options.body = type === 'application/json' ? JSON.stringify(body) : body;
    options.headers['content-type'] = type;
  }
  while (true) {
    let response;
    try {
      const signals = [signal, patience && AbortSignal.timeout(patience)].filter(Boolean);
      response = await fetch(path, { ...options, signal: AbortSignal.any(signals) });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Refusal(0);
    }
    if (response.ok) return response;
    if (response.status === 429) {
      const seconds = Number(response.headers.get('retry-after')) || 10;
      say(`Too many calls for this minute: going on in ${seconds} s.`);
      await pause(seconds * 1000, signal);
      continue;
    }
    const refusal = new Refusal(response.status, await response.json().catch(() => ({})));
    if (response.status === 401 && key === session.key) {
      session.forget();
      signedOut('The key is not taken any more. Sign in again.');
    }
    throw refusal;
  }
}

/** The whole answer: `data`, and `pagination` of a list. */
export const ask = async (method, path, options) => (await fetched(method, path, options)).json();

const withBody = (method) => async (path, body, options) => (await ask(method, path, { body, ...options })).data;
export const get = async (path, options) => (await ask('GET', path, options)).data;
export const post = withBody('POST');
export const put = withBody('PUT');
export const erase = withBody('DELETE');

/** Where a contest is in the API. */
export const at = (id, more = '') => `/api/v1/contests/${encodeURIComponent(id)}${more}`;
