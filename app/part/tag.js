// The script tag for a contest, with its options as a form.

import { h } from '../../widget/dom.js';
import { code } from './code.js';
import { field, select } from './form.js';

const OPTIONS = [
  { name: 'param', label: 'Link parameters', help: 'Which carry the code, with commas between them. Empty: ref.' },
  { name: 'days', label: 'Days', help: 'For how many days a browser keeps a code. Empty: as the contest says.', type: 'number', min: '1', max: '400', step: '1' },
  { name: 'domain', label: 'Cookie domain', help: 'For subdomains, such as yoursite.com. Empty: the widest that the browser takes.' },
  { name: 'stripeHosts', label: 'Hosts of Stripe links', help: 'Where your Payment Links have a domain of their own.' },
  { name: 'api', label: 'Origin of the endpoints', help: 'Where a proxy of yours stands before this deployment.', type: 'url', placeholder: 'https://yoursite.com' },
];

/** The tag of these options; what is empty is left out. */
export function tagOf(origin, contest, options) {
  const query = new URLSearchParams({ campaignId: contest });
  for (const [name, value] of Object.entries(options)) if (value) query.set(name, value);
  return `<script src="${origin}/referral-tracker.js?${query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%2F', '/')}" async></script>`;
}

function judge(input, wrong) {
  wrong.textContent = input.validationMessage;
  wrong.hidden = input.validity.valid;
  input.setAttribute('aria-invalid', String(!input.validity.valid));
}

export function tag(contest) {
  const stripe = h('input', { type: 'checkbox', name: 'autoInject' });
  const consent = h('input', { type: 'checkbox', name: 'consent' });
  const attribution = select('attribution', { '': 'As the contest says', first: 'The first link', last: 'The last link' }, '');
  const inputs = OPTIONS.map(({ name, label, help, ...more }) => ({ name, label, help, input: h('input', { name, autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', ...more }) }));
  const options = () => ({
    autoInject: stripe.checked && 'stripe',
    consent: consent.checked && 'required',
    attribution: attribution.value,
    ...Object.fromEntries(inputs.map(({ name, input }) => [name, input.validity.valid && input.value.trim()])),
  });
  const shown = code('The tag', tagOf(location.origin, contest.id, {}));
  const fields = inputs.map(field);
  // What the script would not take stays out of the tag, and is said.
  const update = () => {
    shown.set(tagOf(location.origin, contest.id, options()));
    inputs.forEach(({ input }, n) => judge(input, fields[n].querySelector('.wrong')));
  };
  return h('div', { class: 'stack' },
    shown.element,
    h('form', { 'aria-label': 'Options of the tag', input: update, submit: (event) => event.preventDefault() },
      field({ label: 'Stripe', input: stripe, inline: true, help: 'Puts the code on Payment Links, buy buttons and pricing tables.' }),
      field({ label: 'Ask for consent first', input: consent, inline: true, help: 'Stores and sends nothing before RocketTracker.consent(true).' }),
      h('details', {}, h('summary', {}, 'More options'),
        h('div', { class: 'options' }, field({ label: 'Which link counts', input: attribution }), ...fields))));
}
