// The test mode: a contest of its own beside the real one, with its settings. What happens in one is in no sum of the other,
// because facts belong to a contest. How a twin is known: its id is that of the contest with -test behind it, its title says so.

import { get, post, put, at } from './api.js';
import { everything } from './every.js';

const NAME = /^(.+)-test(?:-(\d+))?$/;
const MARK = ' (test)';
/** What the API takes of an id and a title. */
const ID = 64;
const TITLE = 200;

/** The id of the contest that this one tries out; `null` where it is a real one. */
export const realOf = ({ id, title }) => (title.endsWith(MARK) ? (NAME.exec(id)?.[1] ?? null) : null);

const number = ({ id }) => Number(NAME.exec(id)?.[2] ?? 1);

const twinsOf = async (id, signal) => {
  const all = await everything('/api/v1/contests', signal);
  return all.filter((contest) => realOf(contest) === id).sort((a, b) => number(b) - number(a));
};

/** The twin that is in use, or `undefined`. */
export const twinOf = async (id, signal) => (await twinsOf(id, signal)).find(({ status }) => status !== 'ended');

/** Makes a new, empty twin with the settings of now, and ends the one before. Secrets are not taken over: nobody can read them. */
export async function makeTwin(id, signal) {
  const [contest, old] = await Promise.all([get(at(id), { signal }), twinsOf(id, signal)]);
  const { webhookSecret, stripe, shopify, ...settings } = contest.settings;
  const n = old.length === 0 ? 1 : number(old[0]) + 1;
  const made = await post('/api/v1/contests', {
    id: `${id}-test${n === 1 ? '' : `-${n}`}`,
    title: `${contest.title.slice(0, TITLE - MARK.length)}${MARK}`,
    description: contest.description, mode: contest.mode, status: 'active', isEvergreen: true,
    settings: { ...settings, stripe: { testMode: true }, shopify: { testMode: true } },
  }, { signal });
  for (const { id: before, status } of old) if (status !== 'ended') await put(at(before), { status: 'ended' }, { signal });
  return made;
}

/** May this contest have one? */
export const hasRoom = (id) => `${id}-test-999`.length <= ID;
