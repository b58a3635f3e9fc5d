// Asks before something is done that cannot be undone, and leaves the focus where it was.

import { h } from '../../widget/dom.js';

let dialogs = 0;

/** `{ dialog, open(what) }`. `words(what)` says what will be, `act(what)` does it; why it could not is said in the dialog. */
export function askFirst({ title, yes, words, act }) {
  dialogs += 1;
  const id = `ask-${dialogs}`;
  const about = h('div', { class: 'stack' });
  const wrong = h('p', { class: 'wrong', role: 'alert', hidden: true });
  let asked;
  const dialog = h('dialog', { 'aria-labelledby': id },
    h('h2', { id }, title), about, wrong,
    h('p', { class: 'actions' },
      h('button', {
        type: 'button', class: 'button',
        async click() {
          try {
            await act(asked);
            dialog.close();
          } catch (error) {
            if (error.name === 'AbortError') return;
            wrong.textContent = error.message;
            wrong.hidden = false;
          }
        },
      }, yes),
      h('button', { type: 'button', class: 'button quiet', click: () => dialog.close() }, 'Keep')));
  return {
    dialog,
    open(what) {
      asked = what;
      wrong.hidden = true;
      about.replaceChildren(...[words(what)].flat().filter(Boolean));
      dialog.showModal();
    },
  };
}
