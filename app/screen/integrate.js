// How a contest comes to a site: the tag, the widget, Stripe, Shopify, a server.

import { h } from '../../widget/dom.js';
import { code, shownCode } from '../part/code.js';
import { head, notRunning, read, to } from '../part/contest.js';
import { secret } from '../part/secret.js';
import { CALLS } from '../part/server.js';
import { stripe } from '../part/stripe.js';
import { tag } from '../part/tag.js';

const section = (id, title, ...inside) => h('section', { class: 'panel stack', 'aria-labelledby': id }, h('h2', { id }, title), ...inside);
const step = (title, ...inside) => h('li', {}, h('h3', {}, title), ...inside);
const { origin } = location;

export async function integrate({ parts: { id }, signal }) {
  const contest = await read(id, signal);
  return [
    head(contest, 'integrate'),
    notRunning(contest),
    section('the-tag', 'The tag', h('p', {}, 'Paste it into the head of every page. Visits are tracked by themselves.'), tag(contest),
      h('p', {}, 'Then say what happens, where it happens:'),
      shownCode('The sign-up call', "RocketTracker.trackSignup('ada@example.com', { name: 'Ada' });"),
      shownCode('The purchase call', "RocketTracker.trackPurchase('order-1042', 79.99, 'USD', 'ada@example.com');"),
      h('p', {}, 'Something is not as it should be? ', h('a', { href: '/doctor/' }, 'Have the tag looked at'), ', or open a page of yours with ', h('code', {}, '?doctor'), ' at the end of its address.')),
    section('the-widget', 'The widget', h('p', {}, 'Participants get their link, their points and the leaderboard; visitors become participants. No site? ', h('a', { href: `/c/${encodeURIComponent(id)}` }, 'The contest’s own page'), ' has it.'),
      shownCode('The widget', `<script src="${origin}/referral-widget.js" async></script>\n<rocket-referral contest="${id}"></rocket-referral>`)),
    section('stripe', 'Stripe', stripe(contest, signal)),
    section('shopify', 'Shopify', h('ol', { class: 'steps' },
      step('Make three webhooks', h('p', {}, 'Settings, Notifications, Webhooks; as JSON: Order payment, Refund creation and, if every customer is to take part, Customer creation. Their address:'), shownCode('The address for Shopify', `${origin}/api/webhooks/shopify/${id}`)),
      step('Set the secret that signs them', secret({ contest, path: ['shopify', 'secret'], label: 'Shopify’s secret', help: 'It stands below the list of webhooks.', known: contest.settings.shopify.secret, signal })),
      step('Pass the code on', h('p', {}, 'As the note attribute ', h('code', {}, 'referral_code'), ', as ', h('code', {}, '?ref='), ' of the page on which the visit began, or as a discount code.')))),
    section('server', 'From your server', h('p', {}, 'With a private key, in your environment and never in a page. An order that your server reports is trusted further than a browser’s word.'),
      ...CALLS(origin, id).flatMap(([language, text]) => [h('h3', {}, language), code(`An order, in ${language}`, text).element]),
      h('p', {}, 'Every call: ', h('a', { href: '/docs/api/' }, 'the API'), '.'),
      h('h3', {}, 'Where no key can be kept'),
      h('p', {}, 'A form or automation sends the contest’s own secret as ', h('code', {}, 'x-webhook-secret'), ' to:'),
      shownCode('The addresses for your own webhooks', `${origin}/api/webhooks/signup/${id}\n${origin}/api/webhooks/purchase/${id}`),
      secret({ contest, path: ['webhookSecret'], label: 'The contest’s webhook secret', help: '8 to 200 visible characters.', known: contest.settings.webhookSecret, signal })),
    section('out', 'To your server', h('p', {}, 'Have a URL of yours told of what happens: ', h('a', { href: to(id, 'webhooks') }, 'webhooks out'), '.')),
  ].filter(Boolean);
}
