// Asks the public endpoints. What goes wrong has a name, which is that of its words.

import { ORIGIN } from './host.js';

/** What is waited for at most. */
const PATIENCE_MS = 10_000;

/** Why there is no answer, as words.js calls it. */
export class Failure extends Error {
  constructor(why) {
    super(why);
    this.why = why;
  }
}

const WHY = { 404: 'noContest', 403: 'closed', 410: 'erased', 429: 'tooMany' };

function why(status, { field, error } = {}) {
  if (field === 'email') return 'badEmail';
  if (field === 'name') return 'badName';
  // The one text that tells two 404s apart.
  if (field === 'code' || field === 'referralCode' || error === 'Referral code not found') return 'noCode';
  return WHY[status] || 'failed';
}

async function ask(origin, path, options) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const response = await fetch(`${origin || ORIGIN}/api/referral/${path}`, { ...options, signal: stop.signal });
    const answer = await response.json().catch(() => undefined);
    if (!response.ok || !answer?.data) throw new Failure(why(response.status, answer));
    return answer.data;
  } catch (error) {
    throw error instanceof Failure ? error : new Failure('offline');
  } finally {
    clearTimeout(timer);
  }
}

/** The endpoints of an origin: `api` where a page names one, else that of the script. */
export const endpoints = (api) => {
  const read = (path, query) => ask(api, `${path}?${new URLSearchParams(query)}`);
  return {
    contest: (contestId) => read('contest', { contestId }),
    leaderboard: (contestId) => read('leaderboard', { contestId, limit: 10 }),
    stats: (contestId, code) => read('stats', { contestId, code }),
    // As text, so that no preflight is needed.
    signup: (person) => ask(api, 'track-signup', { method: 'POST', body: JSON.stringify(person) }),
  };
};
