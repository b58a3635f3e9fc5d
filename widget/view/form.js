// The form that makes a visitor a participant.

import { h } from '../dom.js';

export function form({ words, act, section, said }) {
  const name = h('input', { id: 'name', name: 'name', autocomplete: 'name', maxlength: '200', part: 'input' });
  const email = h('input', { id: 'email', name: 'email', type: 'email', autocomplete: 'email', inputmode: 'email', maxlength: '254', required: true, part: 'input', 'aria-describedby': 'wrong' });
  const wrong = h('p', { id: 'wrong', class: 'wrong', part: 'error', role: 'alert' });
  const button = h('button', { class: 'button', part: 'button' }, words.submit);
  let isBusy = false;

  const complain = (why) => {
    wrong.textContent = words[why] || words.failed;
    const field = { badEmail: email, badName: name }[why];
    field?.setAttribute('aria-invalid', 'true');
    field?.focus();
  };
  const submit = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    wrong.textContent = '';
    for (const field of [name, email]) field.removeAttribute('aria-invalid');
    // In the widget's words and language, not in the browser's.
    if (!email.value.trim() || !email.validity.valid) return complain('badEmail');
    isBusy = true;
    button.setAttribute('aria-disabled', 'true');
    button.textContent = words.sending;
    try {
      await act.join({ email: email.value.trim(), name: name.value.trim() || undefined });
    } catch (failure) {
      complain(failure.why);
    } finally {
      isBusy = false;
      button.removeAttribute('aria-disabled');
      button.textContent = words.submit;
    }
  };
  const field = (input, label) => h('div', { class: 'field', part: 'field' }, h('label', { for: input.id, part: 'label' }, label), input);
  return section('join', words.join,
    h('p', { class: 'why' }, words.joinWhy),
    h('form', { part: 'form', novalidate: true, submit }, field(name, words.name), field(email, words.email), wrong, h('slot', { name: 'terms' }), button),
    said);
}
