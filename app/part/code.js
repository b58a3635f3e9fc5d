// Something to copy. Where the browser lets no page copy, it is there to be selected.

import { h } from '../../widget/dom.js';
import { say } from '../say.js';

/** `{ element, set(text) }`; `label` says what it is. */
export function code(label, text) {
  const words = h('code', {}, text);
  const copy = navigator.clipboard && h('button', {
    type: 'button', class: 'button quiet small',
    async click() {
      try {
        await navigator.clipboard.writeText(words.textContent);
        say(`${label}: copied.`);
      } catch {
        say('The browser refused to copy: select it by hand.');
      }
    },
  }, 'Copy', h('span', { class: 'unseen' }, ` ${label}`));
  return {
    element: h('div', { class: 'copyable' }, h('pre', { tabindex: '0', role: 'group', 'aria-label': label }, words), copy),
    set(next) {
      words.textContent = next;
    },
  };
}

export const shownCode = (label, text) => code(label, text).element;
