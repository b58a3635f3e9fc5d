// From visit to sign-up to order: a table whose bars are for the eye.

import { h } from '../../widget/dom.js';
import { count, percent } from '../words.js';

export function funnel({ visits, signups, purchases }) {
  const most = Math.max(visits, signups, purchases, 1);
  const stages = [['Visits', visits], ['Sign-ups', signups, visits, 'of visits'], ['Orders', purchases, signups, 'of sign-ups']];
  return h('table', { class: 'funnel' },
    h('caption', { class: 'unseen' }, 'From visit to order'),
    h('thead', { class: 'unseen' }, h('tr', {}, ...['Stage', 'Count', 'Share of the stage before'].map((words) => h('th', { scope: 'col' }, words)))),
    h('tbody', {}, ...stages.map(([words, value, before, of]) => {
      const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
      bar.style.setProperty('--part', value / most);
      return h('tr', {},
        h('th', { scope: 'row' }, words, bar),
        h('td', { class: 'number' }, count(value)),
        h('td', { class: 'muted number' }, of ? `${percent(value, before)} ${of}` : ''));
    })));
}
