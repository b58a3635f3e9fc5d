// What a sign-up and an order would earn by what the form says now. The API is asked: it has the one sum there is.

import { h } from '../../widget/dom.js';
import { at, post } from '../api.js';
import { count, money } from '../words.js';
import { field } from './form.js';

const TYPED_MS = 400;

/** `{ element, update() }`; `changes()` is what the form would send. */
export function preview(id, changes, signal) {
  const amount = h('input', { type: 'number', inputmode: 'decimal', min: '0', step: 'any', value: '79.99', autocomplete: 'off' });
  const currency = h('input', { value: 'USD', maxlength: '3', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false' });
  const told = h('p', { role: 'status', class: 'preview-words' });
  let timer;
  let asked = 0;
  const look = async () => {
    asked += 1;
    const mine = asked;
    try {
      const { signup, purchase } = await post(at(id, '/preview'), { ...changes(), amount: Number(amount.value), currency: currency.value.trim() }, { signal });
      if (mine !== asked) return;
      told.textContent = `A sign-up earns the advocate ${count(signup.advocate)} and the friend ${count(signup.friend)}. `
        + `An order of ${money(Number(amount.value), currency.value.trim() || 'USD')} earns the advocate ${count(purchase.advocate)} and the friend ${count(purchase.friend)}.`;
    } catch (error) {
      if (mine === asked && !signal.aborted) told.textContent = error.message;
    }
  };
  const update = () => {
    clearTimeout(timer);
    timer = setTimeout(look, TYPED_MS);
  };
  signal.addEventListener('abort', () => clearTimeout(timer));
  look();
  return {
    update,
    element: h('div', { class: 'preview' },
      h('h2', {}, 'What that would earn'),
      h('div', { class: 'pair' }, field({ label: 'An order of', input: amount }), field({ label: 'Currency', input: currency })),
      told),
  };
}
