// One participant: who it is, why they have their points, and what their contest's owner may do about it.

import { h } from '../../widget/dom.js';
import { get } from '../api.js';
import { live } from '../live.js';
import { head, read, to } from '../part/contest.js';
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

/** By what they were given or taken. */
const RULES = {
  friendSignedUp: 'as a sign-up earned the advocate then',
  friendPurchased: 'as an order earned the advocate when it was reported',
  signedUpReferred: 'as a sign-up earned the friend then',
  purchased: 'as an order earned the buyer when it was reported',
  pending: 'until your server, Stripe or Shopify reports it too',
  refunded: 'in proportion to the money',
  disputed: 'while it is open, and if it is lost',
  bonus: 'as it was worth when it was done',
  adjusted: '',
  capped: 'by the limit for an advocate and day',
  blocked: 'by what the settings said then of doubtful sign-ups',
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
      replace(why, timeline(contest, explained, refund.open));
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

/** What was given, taken and decided, the latest first. */
function timeline(contest, { grants, disqualifications }, refund) {
  const orders = new Map(grants.filter(({ order }) => order).map(({ fact, order }) => [purchaseOf(fact), order]));
  const all = [
    ...grants.map((grant) => [grant.at, () => granted(contest, grant, orders.get(purchaseOf(grant.fact)), refund)]),
    ...disqualifications.map((decision) => [decision.at, () => decided(decision)]),
  ].sort(([a], [b]) => Date.parse(a) - Date.parse(b));
  if (all.length === 0) return h('p', { class: 'muted' }, 'Nothing yet: they have earned nothing and lost nothing.');
  return h('ol', { class: 'timeline', reversed: true }, ...all.reverse().map(([, shown]) => shown()));
}

/** Of `purchased/ID/…`, `refunded/ID/…` and `disputed/ID/…`, by which a refund finds its order. */
const purchaseOf = (fact) => /^(?:purchased|refunded|disputed)\/([^/]+)/.exec(fact ?? '')?.[1];

function granted(contest, { cause, rule, at, points, reason, order, friend, fact, flags = [] }, about, refund) {
  const by = RULES[cause] ?? rule;
  return h('li', {},
    h('p', {}, h('strong', {}, CAUSES[cause] ?? cause), h('span', { class: points < 0 ? 'points bad' : 'points' }, signed(points))),
    h('p', { class: 'muted' }, h('time', { datetime: at }, time(at)), by !== '' && `, ${by}`),
    friend && h('p', {}, h('a', { href: to(contest.id, 'entries', friend) }, 'Who it was', h('span', { class: 'unseen' }, `, ${time(at)}`))),
    about && h('p', {}, 'Order ', h('code', {}, about.orderId), ` of ${money(about.amount, about.currency)}`),
    reason && h('p', {}, reason),
    flags.length > 0 && h('p', { class: 'badges' }, ...flags.map((flag) => h('span', { class: 'badge' }, DOUBTS[flag] ?? flag))),
    order && h('p', {}, h('button', { type: 'button', class: 'button quiet small', 'data-at': fact, click: () => refund(order, fact) }, 'Refund …', h('span', { class: 'unseen' }, ` order ${order.orderId}`))));
}

const decided = ({ at, disqualified, reason }) => h('li', {},
  h('p', {}, h('strong', {}, disqualified ? 'Disqualified' : 'Given their place back')),
  h('p', { class: 'muted' }, h('time', { datetime: at }, time(at))),
  reason && h('p', {}, reason));
