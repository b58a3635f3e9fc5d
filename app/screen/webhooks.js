// Webhooks out: the URLs that are told of what happens.

import { h } from '../../widget/dom.js';
import { at, post } from '../api.js';
import { everything } from '../every.js';
import { live } from '../live.js';
import { shownCode } from '../part/code.js';
import { head, read, to } from '../part/contest.js';
import { endpointForm, onceShown } from '../part/endpoint_form.js';
import { replace } from '../part/replace.js';
import { say } from '../say.js';

export async function webhooks({ parts: { id }, signal }) {
  const contest = await read(id, signal);
  const list = h('div', {});
  const secret = h('div', {});
  const look = await live(() => everything(at(id, '/webhooks'), signal), (endpoints) => replace(list, endpoints.length ? all(id, endpoints) : none()), signal);
  return [
    head(contest, 'webhooks'),
    h('p', { class: 'lead' }, 'URLs of yours that are told of what happens within a second or two, signed, and for a day if nobody answers.'),
    list, secret,
    h('section', { class: 'panel narrow stack', 'aria-labelledby': 'add' }, h('h2', { id: 'add' }, 'Add an endpoint'), endpointForm({
      submit: 'Add the endpoint',
      async act(fields, whole) {
        const made = await post(at(id, '/webhooks'), fields, { signal });
        secret.replaceChildren(onceShown(made.secret, shownCode));
        whole.reset();
        say('The endpoint is added.');
        await look();
      },
    })),
  ];
}

const all = (id, endpoints) => h('ul', { class: 'cards' }, ...endpoints.map((endpoint) => h('li', { class: 'panel' },
  h('h2', {}, h('a', { href: to(id, 'webhooks', endpoint.id) }, endpoint.url)),
  endpoint.description && h('p', {}, endpoint.description),
  h('p', { class: 'badges' }, h('span', { class: endpoint.enabled ? 'badge good' : 'badge' }, endpoint.enabled ? 'On' : 'Off')),
  h('p', { class: 'muted' }, endpoint.events.length ? endpoint.events.join(', ') : 'All events'))));

const none = () => h('p', { class: 'note' }, 'There is none yet. Add one, send it a test, and see here what it answered.');
