// What stands above every screen of a contest: its name, whether it runs, and the way to its other screens.

import { h } from '../../widget/dom.js';
import { at, get } from '../api.js';
import { realOf } from '../twin.js';
import { date, STATUS } from '../words.js';

const TABS = [['', 'Overview'], ['entries', 'Participants'], ['integrate', 'Integrate'], ['webhooks', 'Webhooks'], ['settings', 'Settings'], ['test', 'Test']];

/** The address of a screen of a contest. */
export const to = (id, ...more) => `#/${['c', id, ...more].map(encodeURIComponent).join('/')}`;

/** How a contest stands now: one that is set to run does so between its days alone. */
export function standing({ status, startDate, endDate, isEvergreen }, now = Date.now()) {
  if (status !== 'active') return status;
  if (startDate && now < Date.parse(startDate)) return 'upcoming';
  return endDate && !isEvergreen && now > Date.parse(endDate) ? 'ended' : 'active';
}

export function status(contest) {
  const name = standing(contest);
  return h('span', { class: `badge ${name}` }, STATUS[name] ?? name);
}

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
  const now = standing(contest);
  const isOver = now === 'ended' && contest.status === 'active';
  const note = (why, act) => h('p', { class: 'note' }, why, ' ', h('a', { href: to(contest.id, 'settings') }, act), '.');
  switch (now) {
    case 'draft': return note('It is a draft: nothing is tracked yet.', 'Change its status');
    case 'paused': return note('It is paused: nothing is tracked until it runs again.', 'Change its status');
    case 'upcoming': return note(`It begins on ${date(contest.startDate)}: nothing is tracked before.`, 'Change its first day');
    case 'ended': return isOver
      ? note(`Its last day was ${date(contest.endDate)}: nothing is tracked any more.`, 'Change its last day')
      : note('It has ended: nothing is tracked any more.', 'Change its status');
    default: return !contest.settings.referralTracking && note('It does not track referrals: visits, sign-ups and orders are refused.', 'Switch it on');
  }
}

/** That what is seen is only tried out, and the way to what is real. */
export function tested(contest) {
  const real = realOf(contest);
  return real === null ? [] : [h('span', { class: 'badge test' }, 'Test'), h('a', { href: to(real) }, 'To the real contest')];
}
