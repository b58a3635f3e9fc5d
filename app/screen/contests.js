// All contests of the key's team.

import { h } from '../../widget/dom.js';
import { everything } from '../every.js';
import { status, to } from '../part/contest.js';
import { realOf } from '../twin.js';
import { many } from '../words.js';

export async function contests({ signal }) {
  const all = await everything('/api/v1/contests', signal);
  const add = h('a', { class: 'button', href: '#/new' }, 'New contest');
  if (all.length === 0) {
    return [
      h('h1', {}, 'Your first contest'),
      h('p', { class: 'lead' }, 'A contest says what a sign-up and an order earn, and for whom. Make one, put its tag on your site, and share a link.'),
      h('p', { class: 'actions' }, add),
    ];
  }
  return [
    h('div', { class: 'title-row' }, h('h1', {}, 'Contests'), add),
    h('ul', { class: 'cards' }, ...all.map((contest) =>
      h('li', { class: 'panel' },
        h('h2', {}, h('a', { href: to(contest.id) }, contest.title)),
        h('p', { class: 'badges' }, status(contest), realOf(contest) !== null && h('span', { class: 'badge test' }, 'Test'), h('code', {}, contest.id)),
        h('p', { class: 'muted' }, many(contest.entriesCount, 'participant'))))),
  ];
}
