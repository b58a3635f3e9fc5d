// All contests of the key's team, and how many take part in each. It moves by itself.

import { h } from '../../widget/dom.js';
import { everything } from '../every.js';
import { live } from '../live.js';
import { status, to } from '../part/contest.js';
import { replace } from '../part/replace.js';
import { realOf } from '../twin.js';
import { many } from '../words.js';

export async function contests({ signal }) {
  const title = h('h1', {});
  const head = h('div', { class: 'title-row' }, title);
  const list = h('div', { class: 'stack' });
  const add = h('a', { class: 'button', href: '#/new' }, 'New contest');
  await live(() => everything('/api/v1/contests', signal), (all) => {
    title.textContent = all.length > 0 ? 'Contests' : 'Your first contest';
    if (all.length > 0) head.append(add);
    replace(list, ...(all.length > 0 ? [cards(all)] : first(add)));
  }, signal);
  return [head, list];
}

const first = (add) => [
  h('p', { class: 'lead' }, 'A contest says what a sign-up and an order earn, and for whom. Make one, put its tag on your site, and share a link.'),
  h('p', { class: 'actions' }, add),
];

const cards = (all) => h('ul', { class: 'cards' }, ...all.map((contest) =>
  h('li', { class: 'panel' },
    h('h2', {}, h('a', { href: to(contest.id) }, contest.title)),
    h('p', { class: 'badges' }, status(contest), realOf(contest) !== null && h('span', { class: 'badge test' }, 'Test'), h('code', {}, contest.id)),
    h('p', { class: 'muted' }, many(contest.entriesCount, 'participant')))));
