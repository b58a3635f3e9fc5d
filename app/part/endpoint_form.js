// Where a contest's owner is told of what happens, and of what.

import { h } from '../../widget/dom.js';
import { field, form, group } from './form.js';

export const EVENTS = {
  'visit.tracked': 'Somebody opened a link',
  'signup.tracked': 'Somebody took part',
  'purchase.tracked': 'An order was reported',
  'purchase.refunded': 'Money went back',
  'points.awarded': 'Points were given, or taken by hand',
};

/** `act(fields, form)` is given what the API takes. Nothing ticked is all. */
export function endpointForm({ known = { url: '', events: [], description: '' }, submit, act }) {
  const url = h('input', { name: 'url', type: 'url', required: true, autocomplete: 'off', placeholder: 'https://yoursite.com/webhooks', value: known.url });
  const description = h('input', { name: 'description', autocomplete: 'off', value: known.description });
  const boxes = Object.entries(EVENTS).map(([event, words]) => [event, h('input', { type: 'checkbox', checked: known.events.includes(event) }), words]);
  return form({
    label: submit, submit, quiet: true,
    fields: [
      field({ label: 'URL', input: url, help: 'Public, and https.' }),
      field({ label: 'Description', input: description, help: 'For you.' }),
      group({ title: 'Events', help: 'None ticked: all of them.', name: 'events' }, ...boxes.map(([event, input, words]) => field({ label: event, help: words, input, inline: true }))),
    ],
    act: (whole) => act({ url: url.value.trim(), description: description.value, events: boxes.filter(([, input]) => input.checked).map(([event]) => event) }, whole),
  });
}

/** A secret that is shown this once. */
export const onceShown = (secret, shownCode) => h('div', { class: 'note stack', role: 'status' },
  h('p', {}, h('strong', {}, 'The signing secret is shown this once.'), ' Put it where your server verifies what comes.'), shownCode('The signing secret', secret));
