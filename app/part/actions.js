// The list of bonus actions, to add to and to take from.

import { h } from '../../widget/dom.js';
import { field } from './form.js';

let rows = 0;

/** `{ element, value() }`; `value` is what the API takes. */
export function actions(known) {
  const list = h('div', { class: 'rows' });
  const empty = h('p', { class: 'muted' }, 'There are none.');
  const tell = () => (empty.hidden = list.childElementCount > 0);
  const add = (action = {}) => {
    rows += 1;
    const input = (name, more) => h('input', { name: `bonus-${rows}-${name}`, 'data-part': name, value: action[name] ?? '', autocomplete: 'off', ...more });
    const row = h('fieldset', { class: 'row' },
      h('legend', {}, action.id ? `Bonus action ${action.id}` : 'New bonus action'),
      field({ label: 'Id', input: input('id', { required: true, maxlength: '64' }), help: 'Letters, digits, - and _.' }),
      field({ label: 'Kind', input: input('action', { required: true, maxlength: '200' }), help: 'Such as follow.' }),
      field({ label: 'What to do', input: input('description', { maxlength: '2000' }), help: 'For participants.' }),
      field({ label: 'Points', input: input('points', { required: true, type: 'number', min: '0', step: '1' }) }),
      h('button', {
        type: 'button', class: 'button quiet small',
        click() {
          row.remove();
          tell();
          more.focus();
        },
      }, 'Remove', h('span', { class: 'unseen' }, ` ${action.id ?? 'the new one'}`)));
    list.append(row);
    tell();
    return row;
  };
  const more = h('button', { type: 'button', class: 'button quiet small', click: () => add().querySelector('input').focus() }, 'Add a bonus action');
  for (const action of known) add(action);
  tell();
  return {
    element: h('div', {}, empty, list, more),
    value: () => [...list.children].map((row) => {
      const part = (name) => row.querySelector(`[data-part=${name}]`).value.trim();
      return { id: part('id'), action: part('action'), description: part('description'), points: Number(part('points')) };
    }),
  };
}
