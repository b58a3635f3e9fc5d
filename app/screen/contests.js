// All contests of the key's team.

import { h } from '../../widget/dom.js';
import { ask } from '../api.js';
import { status, to } from '../part/contest.js';
import { many } from '../words.js';

/** Every page of a list. */
export async function everything(path, signal) {
  const found = [];
  for (let page = 1; ; page += 1) {
    const { data, pagination } = await ask('GET', `${path}?limit=100&page=${page}`, { signal });
    found.push(...data);
    if (page >= pagination.totalPages) return found;
  }
}

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
        h('p', { class: 'badges' }, status(contest), ' ', h('code', {}, contest.id)),
        h('p', { class: 'muted' }, many(contest.entriesCount, 'participant'))))),
  ];
}
