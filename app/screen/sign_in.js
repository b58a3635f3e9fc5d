// Sign in: a private key, which is tried and then kept for this tab.

import { h } from '../../widget/dom.js';
import { get, Refusal, session } from '../api.js';
import { field, form } from '../part/form.js';

export function signIn({ show, signal }) {
  const input = h('input', { type: 'password', name: 'key', required: true, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', placeholder: 'rk_priv_…' });
  return [
    h('h1', {}, 'Your contests'),
    h('p', { class: 'lead' }, 'Set them up, see who brings whom, and look at every point.'),
    h('div', { class: 'panel narrow' },
      form({
        submit: 'Sign in',
        fields: [field({
          label: 'Private key', input,
          help: 'It begins with rk_priv_. It is kept in this tab alone, until you close it or sign out, and sent to this deployment only.',
        })],
        async act() {
          const key = input.value.trim();
          // No browser sends any other.
          if (!/^[\x21-\x7e]+$/.test(key)) throw new Refusal(401, { error: 'A key has letters, digits and _ alone: something else was pasted along.', field: 'key' });
          await get('/api/v1/keys?limit=1', { key, signal });
          session.key = key;
          show();
        },
      })),
    h('details', { class: 'narrow' },
      h('summary', {}, 'Where do I get one?'),
      h('p', {}, 'On your own machine, ', h('code', {}, 'cargo xtask dev'), ' prints it. Of a deployment, whoever runs it makes the first one with the ', h('code', {}, 'ADMIN_TOKEN'), ':'),
      h('pre', { tabindex: '0', role: 'region', 'aria-label': 'A command that makes a key' }, h('code', {},
        `curl ${location.origin}/api/v1/keys -H "authorization: Bearer $ADMIN_TOKEN" \\\n  -H 'content-type: application/json' -d '{"team": "acme", "kind": "private", "name": "dashboard"}'`))),
  ];
}
