// Which address shows which screen. They are behind #, so that every one is the same file and survives a reload.

import { contests } from './screen/contests.js';
import { endpoint } from './screen/endpoint.js';
import { entries } from './screen/entries.js';
import { entry } from './screen/entry.js';
import { integrate } from './screen/integrate.js';
import { keys } from './screen/keys.js';
import { newContest } from './screen/new_contest.js';
import { overview } from './screen/overview.js';
import { settings } from './screen/settings.js';
import { test } from './screen/test.js';
import { webhooks } from './screen/webhooks.js';

const SCREENS = [
  ['', contests],
  ['new', newContest],
  ['keys', keys],
  ['c/:id', overview],
  ['c/:id/entries', entries],
  ['c/:id/entries/:entry', entry],
  ['c/:id/integrate', integrate],
  ['c/:id/webhooks', webhooks],
  ['c/:id/webhooks/:endpoint', endpoint],
  ['c/:id/settings', settings],
  ['c/:id/test', test],
];

/** `{ screen, parts, query }` of `#/c/autumn/entries?page=2`; what is not known is the list of contests. */
export function find(hash) {
  const [path, search = ''] = hash.replace(/^#\/?/, '').split('?');
  const names = path.split('/');
  for (const [pattern, screen] of SCREENS) {
    const wanted = pattern.split('/');
    if (wanted.length !== names.length) continue;
    if (!wanted.every((part, n) => part === names[n] || (part.startsWith(':') && names[n] !== ''))) continue;
    const parts = Object.fromEntries(wanted.flatMap((part, n) => (part.startsWith(':') ? [[part.slice(1), decoded(names[n])]] : [])));
    return { screen, parts, query: new URLSearchParams(search) };
  }
  return { screen: contests, parts: {}, query: new URLSearchParams() };
}

function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // Somebody has cut the address short.
  }
}
