// Forms: a label and an explanation for each field, and what the API says of a field beside it.

import { h } from '../../widget/dom.js';

let fields = 0;

/** One field. `input` is any control, or a group of them; its `name` is the API's path of what it sets. */
export function field({ label, help, input, inline = false }) {
  fields += 1;
  const [id, helpId, wrongId] = ['field', 'help', 'wrong'].map((kind) => `${kind}-${fields}`);
  input.id = id;
  input.setAttribute('aria-describedby', [help && helpId, wrongId].filter(Boolean).join(' '));
  const parts = [
    h('label', { for: id }, label, input.required && h('span', { class: 'muted' }, ' (required)')),
    help && h('p', { class: 'help', id: helpId }, help),
    input,
  ];
  const wrong = h('p', { class: 'wrong', id: wrongId, hidden: true });
  return h('div', { class: inline ? 'field inline' : 'field' }, ...(inline ? [input, ...parts.slice(0, 2)] : parts), wrong);
}

/** Several fields of one subject; `name` is the path that they have in common, if there is one. */
export const group = ({ title, help, name }, ...inside) =>
  h('fieldset', { 'data-name': name }, h('legend', {}, title), help && h('p', { class: 'help' }, help), ...inside);

export const select = (name, options, chosen) =>
  h('select', { name }, ...Object.entries(options).map(([value, words]) => h('option', { value, selected: value === chosen }, words)));

/**
 * A form whose button does `act`. While it does, nothing is done twice; what `act` throws is said at the field it is about,
 * else above the button. `quiet` is how its button looks.
 */
export function form({ fields, submit, act, more = [], quiet = false, label }) {
  const alert = h('p', { class: 'wrong', role: 'alert', hidden: true });
  const button = h('button', { class: quiet ? 'button quiet' : 'button' }, submit);
  return h('form', {
    novalidate: true,
    'aria-label': label,
    async submit(event) {
      event.preventDefault();
      if (button.getAttribute('aria-disabled') === 'true') return;
      const whole = event.currentTarget;
      forgive(whole, alert);
      const missing = [...whole.elements].find((input) => !input.checkValidity());
      if (missing) return complain(whole, alert, missing, missing.validationMessage);
      button.setAttribute('aria-disabled', 'true');
      try {
        await act(whole);
      } catch (error) {
        if (error.name === 'AbortError') return;
        complain(whole, alert, inputOf(whole, error.field), error.message);
      } finally {
        button.removeAttribute('aria-disabled');
      }
    },
  }, ...fields, alert, h('p', { class: 'actions' }, button, ...more));
}

/** The control of the longest part of a path for which there is one: `settings.bonusActions[0].id` is of `settings.bonusActions`. */
function inputOf(form, path) {
  for (let name = path ?? ''; name !== ''; name = name.replace(/(^|[.[])[^.[]*$/, '')) {
    const input = form.querySelector(`[name="${CSS.escape(name)}"], [name$=".${CSS.escape(name)}"]`);
    if (input) return input;
  }
  return undefined;
}

function complain(form, alert, input, words) {
  const wrong = input && form.querySelector(`#${input.id.replace('field', 'wrong')}`);
  if (!wrong) {
    alert.textContent = words;
    alert.hidden = false;
    return;
  }
  wrong.textContent = words;
  wrong.hidden = false;
  input.setAttribute('aria-invalid', 'true');
  input.closest('details')?.setAttribute('open', '');
  input.focus();
}

function forgive(form, alert) {
  alert.hidden = true;
  for (const wrong of form.querySelectorAll('.wrong')) wrong.hidden = true;
  for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
}
