// What happened last, in a line each. Names, pages and order numbers are what strangers wrote.

import { h } from '../../widget/dom.js';
import { count, money, signed, time } from '../words.js';
import { to } from './contest.js';
import { called } from './person.js';

const SOURCES = { browser: 'the browser', webhook: 'a webhook', api: 'the API', shopify: 'Shopify', stripe: 'Stripe' };

export function feed(contest, latest) {
  if (latest.length === 0) return h('p', { class: 'muted' }, 'Nothing yet. Open a participant’s link, and it shows up here.');
  return h('ol', { class: 'feed' }, ...latest.map((one) => h('li', { class: one.type }, h('p', {}, ...words(contest, one)), h('p', { class: 'muted' }, h('time', { datetime: one.at }, time(one.at)), ...more(one)))));
}

function words(contest, one) {
  const who = one.entryId && h('a', { href: to(contest, 'entries', one.entryId) }, called({ ...one, referralCode: one.type === 'visit' ? one.referralCode : null }));
  const sum = one.amount !== null && one.currency ? money(one.amount, one.currency) : 'the whole order';
  switch (one.type) {
    case 'visit': return [who, '’s link was opened'];
    case 'signup': return [who, one.referralCode ? ` signed up through ${one.referralCode}` : ' joined'];
    case 'purchase': return [who, ` bought for ${sum}`];
    case 'pendingPurchase': return [who, ` bought for ${sum}: it waits to be confirmed`];
    case 'refund': return [`A refund: ${sum} went back`];
    case 'bonus': return [who, ` did a bonus action: ${signed(one.points)}`];
    default: return [who, ` got ${signed(one.points)} by hand`];
  }
}

const more = ({ page, orderId, source }) => [
  page && ` · ${page}`,
  orderId && ` · order ${orderId}`,
  source && ` · by ${SOURCES[source] ?? source}`,
].filter(Boolean);

/** The pages that links led to, as a table whose bars are for the eye. */
export function sources(pages) {
  if (pages.length === 0) return h('p', { class: 'muted' }, 'No visit yet.');
  const most = pages[0].visits;
  return h('table', { class: 'funnel sources' },
    h('caption', { class: 'unseen' }, 'Pages that links led to'),
    h('thead', { class: 'unseen' }, h('tr', {}, h('th', { scope: 'col' }, 'Page'), h('th', { scope: 'col' }, 'Visits'))),
    h('tbody', {}, ...pages.map(({ page, visits }) => {
      const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
      bar.style.setProperty('--part', visits / most);
      return h('tr', {}, h('th', { scope: 'row' }, page || 'Unknown', bar), h('td', { class: 'number' }, count(visits)));
    })));
}
