// What stands above every screen of a contest: its name, whether it runs, and the way to its other screens.

import { h } from '../../widget/dom.js';
import { at, get } from '../api.js';
import { realOf } from '../twin.js';
import { STATUS } from '../words.js';

const TABS = [['', 'Overview'], ['entries', 'Participants'], ['integrate', 'Integrate'], ['webhooks', 'Webhooks'], ['settings', 'Settings'], ['test', 'Test']];

/** The address of a screen of a contest. */
export const to = (id, ...more) => `#/${['c', id, ...more].map(encodeURIComponent).join('/')}`;

export const status = (contest) => h('span', { class: `badge ${contest.status}` }, STATUS[contest.status] ?? contest.status);

export const read = (id, signal) => get(at(id), { signal });

/** The head of a contest's screen; `here` is the tab, `title` what is shown of it, if that is not all. */
export function head(contest, here, title = contest.title) {
  return h('header', { class: 'head' },
    h('p', { class: 'crumb' }, h('a', { href: '#/' }, 'Contests'), ' / ', title === contest.title ? h('code', {}, contest.id) : h('a', { href: to(contest.id) }, contest.title)),
    h('h1', {}, title),
    h('p', { class: 'badges' }, status(contest), ...tested(contest)),
    h('nav', { class: 'tabs', 'aria-label': contest.title },
      h('ul', {}, ...TABS.map(([name, words]) =>
        h('li', {}, h('a', { href: name ? to(contest.id, name) : to(contest.id), 'aria-current': name === here && 'page' }, words))))));
}

/** What to do about a contest that takes nothing now. */
export function notRunning(contest) {
  const why = {
    draft: 'It is a draft: nothing is tracked yet.',
    paused: 'It is paused: nothing is tracked until it runs again.',
    ended: 'It has ended: nothing is tracked any more.',
  }[contest.status];
  return why && h('p', { class: 'note' }, why, ' ', h('a', { href: to(contest.id, 'settings') }, 'Change its status'), '.');
}

/** That what is seen is only tried out, and the way to what is real. */
export function tested(contest) {
  const real = realOf(contest);
  return real === null ? [] : [h('span', { class: 'badge test' }, 'Test'), h('a', { href: to(real) }, 'To the real contest')];
}
