// Stripe in four steps, and a test event through the real route.

import { h } from '../../widget/dom.js';
import { at, get, post, put } from '../api.js';
import { say } from '../say.js';
import { realOf } from '../twin.js';
import { shownCode } from './code.js';
import { to } from './contest.js';
import { field, form } from './form.js';
import { send } from './stripe_event.js';

const EVENTS = [
  'checkout.session.completed', 'checkout.session.async_payment_succeeded', 'checkout.session.async_payment_failed', 'invoice.paid', 'invoice_payment.paid',
  'charge.refunded', 'charge.dispute.created', 'charge.dispute.funds_withdrawn', 'charge.dispute.closed',
];

const step = (title, ...inside) => h('li', {}, h('h3', {}, title), ...inside);

export function stripe(contest, signal) {
  const secret = h('input', { type: 'password', name: 'settings.stripe.signingSecrets', required: true, autocomplete: 'off', spellcheck: 'false', placeholder: 'whsec_…' });
  const isSet = h('p', { class: 'muted' }, setWords(contest.settings.stripe));
  return h('div', { class: 'stack' }, h('ol', { class: 'steps' },
    step('Give the code to Stripe', h('p', {}, 'Tick Stripe in the tag above for Payment Links, buy buttons and pricing tables. For a Checkout Session that your server makes, set ', h('code', {}, 'client_reference_id'), ' to the code. Without either, a buyer is found by e-mail.')),
    step('Add an endpoint in Stripe’s dashboard', h('p', {}, 'Developers, Webhooks, Add destination. Its address:'), shownCode('The address for Stripe', `${location.origin}/api/webhooks/stripe/${contest.id}`)),
    step('Choose these events', shownCode('The events for Stripe', EVENTS.join('\n'))),
    step('Set the signing secret', h('p', {}, 'Stripe reveals it at the endpoint. It is stored sealed and never shown again.'), isSet,
      form({
        label: 'Stripe’s signing secret', submit: 'Set the secret', quiet: true,
        fields: [field({ label: 'Signing secret', input: secret })],
        async act() {
          const { settings } = await put(at(contest.id), { settings: { stripe: { signingSecrets: [secret.value.trim()] } } }, { signal });
          isSet.textContent = setWords(settings.stripe);
          say('The secret is set.');
        },
      }))),
    h('h3', {}, 'Try it'), ...trying(contest, secret, signal));
}

const setWords = ({ signingSecrets }) => (signingSecrets.set ? 'A secret is set. Another one takes its place.' : 'None is set yet: whatever Stripe sends is refused.');

/** Only where no event is ever counted as a sale. */
function trying(contest, secret, signal) {
  if (realOf(contest) === null) {
    return [h('p', {}, 'A test event counts nowhere but in the ', h('a', { href: to(contest.id, 'test') }, 'test contest'), ', whose own Integrate page has the button.')];
  }
  const answer = h('div', { role: 'status' });
  return [
    h('p', {}, 'Signs a completed Checkout of 79.99 dollars with the secret above, as Stripe does, and sends it to the address of step 2.'),
    h('p', { class: 'actions' }, h('button', {
      type: 'button', class: 'button quiet small',
      async click() {
        if (secret.value.trim() === '') {
          answer.replaceChildren(h('p', { class: 'wrong' }, 'Type the signing secret in step 4 first: nobody can read the one that is set.'));
          secret.focus();
          return;
        }
        try {
          const advocate = await someAdvocate(contest.id, signal);
          answer.replaceChildren(...told(contest.id, advocate, await send(contest.id, secret.value.trim(), advocate.referralCode)));
        } catch (error) {
          answer.replaceChildren(h('p', { class: 'wrong' }, error.message));
        }
      },
    }, 'Send a signed test event')),
    answer,
  ];
}

/** Somebody whose code the made-up buyer came by. */
export async function someAdvocate(id, signal) {
  const [first] = await get(at(id, '/entries?limit=1'), { signal });
  return first ?? post(at(id, '/entries'), { email: 'advocate@example.com', name: 'Test Advocate' }, { signal });
}

function told(id, advocate, { status, answer }) {
  const words = status === 401
    ? 'This secret is not the one that is set, so the event was refused.'
    : answer.data?.recorded ? 'It is recorded.' : 'It was taken, and is of no use.';
  return [
    h('p', { class: status < 300 && answer.data?.recorded ? 'good' : 'wrong' }, `Answered ${status}. ${words}`),
    h('pre', { tabindex: '0', role: 'group', 'aria-label': 'The answer' }, h('code', {}, JSON.stringify(answer, null, 2))),
    status < 300 && h('p', {}, 'It shows up in the ', h('a', { href: to(id) }, 'overview'), ' and at ', h('a', { href: to(id, 'entries', advocate.id) }, 'whose code it was'), '.'),
  ].filter(Boolean);
}
