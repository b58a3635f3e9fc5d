// A secret that is set and never shown.

import { h } from '../../widget/dom.js';
import { at, put } from '../api.js';
import { say } from '../say.js';
import { field, form } from './form.js';

/** `path` below `settings`, `known` what the contest says of it. */
export function secret({ contest, path, label, help, known, signal }) {
  const input = h('input', { type: 'password', name: `settings.${path.join('.')}`, required: true, autocomplete: 'off', spellcheck: 'false' });
  const isSet = h('p', { class: 'muted' });
  const tell = ({ set }) => (isSet.textContent = set ? 'One is set. Another one takes its place.' : 'None is set yet.');
  tell(known);
  return h('div', { class: 'stack' }, isSet, form({
    label, submit: 'Set the secret', quiet: true,
    fields: [field({ label, input, help })],
    async act(whole) {
      const settings = path.reduceRight((value, name) => ({ [name]: value }), input.value.trim());
      const changed = await put(at(contest.id), { settings }, { signal });
      tell(path.reduce((value, name) => value[name], changed.settings));
      whole.reset();
      say('The secret is set.');
    },
  }));
}
