// Tables. The first column names the row.

import { h } from '../../widget/dom.js';

/** `columns`: `[words, class]`; `rows`: lists of cells, of which the first is the row's head. */
export const table = ({ caption, columns, rows, unseen = false }) =>
  h('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': caption, 'data-at': caption },
    h('table', {},
      h('caption', { class: unseen && 'unseen' }, caption),
      h('thead', {}, h('tr', {}, ...columns.map(([words, kind]) => h('th', { scope: 'col', class: kind }, words)))),
      h('tbody', {}, ...rows.map(([first, ...cells]) =>
        h('tr', {}, h('th', { scope: 'row', class: columns[0][1] }, first), ...cells.map((cell, n) => h('td', { class: columns[n + 1][1] }, cell)))))));
