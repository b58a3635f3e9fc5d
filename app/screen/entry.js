// One participant: who it is, why they have their points, and what their contest's owner may do about it.

import { h } from '../../widget/dom.js';
import { get } from '../api.js';
import { live } from '../live.js';
import { head, read } from '../part/contest.js';
import { deeds } from '../part/deeds.js';
import { called, DOUBTS, marks } from '../part/person.js';
import { refunding } from '../part/refund.js';
import { replace } from '../part/replace.js';
import { count, money, signed, time } from '../words.js';

const CAUSES = {
  friendSignedUp: 'A friend signed up',
  friendPurchased: 'A friend’s order',
  signedUpReferred: 'Signed up as a friend',
  purchased: 'An order of their own',
  pending: 'An order that waits to be confirmed',
  refunded: 'Went back with a refund',
  disputed: 'Went back with a dispute',
  bonus: 'Bonus action',
  adjusted: 'By hand',
  capped: 'Beyond the day’s limit',
  blocked: 'Too doubtful',
};

export async function entry({ parts: { id, entry: who }, signal }) {
  const path = `/api/v1/entries/${encodeURIComponent(who)}`;
  const contest = await read(id, signal);
  const [about, why, total] = ['div', 'div', 'p'].map((tag) => h(tag, {}));
  total.className = 'total';
  let person;
  let refresh;
  const acts = deeds({ path, contest, signal, person: () => person, done: () => refresh() });
  const refund = refunding({ contest: id, signal, done: () => refresh() });
  const name = h('span', {});
  refresh = await live(
    async () => {
      const [known, explained, actions] = await Promise.all(['', '/why', '/bonus-actions'].map((more) => get(path + more, { signal })));
      return { known, explained, actions };
    },
    ({ known, explained, actions }) => {
      person = known;
      name.textContent = called(known);
      replace(about, facts(contest, known), h('p', { class: 'badges' }, ...marks(known)));
      replace(total, h('strong', {}, count(explained.points)), explained.points === 1 ? ' point' : ' points');
      replace(why, timeline(explained.grants, refund.open));
      acts.show(known, actions);
    }, signal);
  return [
    head(contest, 'entries', name),
    h('div', { class: 'overview entry' },
      h('section', { class: 'panel', 'aria-labelledby': 'who' }, h('h2', { id: 'who' }, 'Who'), about),
      h('section', { class: 'panel', 'aria-labelledby': 'why' }, h('h2', { id: 'why' }, 'Why they have their points'), total, why),
      ...acts.elements),
    refund.dialog,
  ];
}

function facts({ settings }, { email, phone, referralCode, createdAt }) {
  const link = linkOf(settings.siteUrl, referralCode);
  return h('dl', { class: 'facts' }, ...[
    ['E-mail', email ?? '–'], ['Phone', phone ?? '–'], ['Code', h('code', {}, referralCode)],
    link && ['Link', h('code', {}, link)],
    ['Joined', h('time', { datetime: createdAt }, time(createdAt))],
  ].filter(Boolean).map(([words, value]) => h('div', {}, h('dt', {}, words), h('dd', {}, value))));
}

function linkOf(site, code) {
  if (!site) return null;
  const url = new URL(site);
  url.searchParams.set('ref', code);
  return url.href;
}

const timeline = (grants, refund) => (grants.length === 0
  ? h('p', { class: 'muted' }, 'Nothing yet: they have earned nothing and lost nothing.')
  : h('ol', { class: 'timeline', reversed: true }, ...[...grants].reverse().map(({ cause, rule, at, points, reason, order, fact, flags = [] }) =>
    h('li', {},
      h('p', {}, h('strong', {}, CAUSES[cause] ?? cause), h('span', { class: points < 0 ? 'points bad' : 'points' }, signed(points))),
      h('p', { class: 'muted' }, h('time', { datetime: at }, time(at)), rule && `, by ${rule}`),
      order && h('p', {}, 'Order ', h('code', {}, order.orderId), ` of ${money(order.amount, order.currency)}`),
      reason && h('p', {}, reason),
      flags.length > 0 && h('p', { class: 'badges' }, ...flags.map((flag) => h('span', { class: 'badge' }, DOUBTS[flag] ?? flag))),
      order && h('p', {}, h('button', { type: 'button', class: 'button quiet small', 'data-at': fact, click: () => refund(order, fact) }, 'Refund …', h('span', { class: 'unseen' }, ` order ${order.orderId}`)))))));
