// Who leads, called as the contest lets everybody see it.

import { h } from '../dom.js';

/** How many are shown at once: what is below on the page does not move for more than that. */
const FIRST = 5;

export function board({ words, board, stats, section }) {
  const { leaders } = board;
  const own = stats?.rank;
  const row = ({ rank, name, points }) => h('tr', { ...(rank === own && { class: 'own', part: 'own-row' }) },
    h('td', { class: 'rank' }, words.number(rank)),
    h('th', { scope: 'row' }, h('bdi', {}, name || words.somebody), rank === own && h('span', { class: 'you' }, ` ${words.you}`)),
    h('td', { class: 'points' }, words.number(points)));
  // Whoever is further down sees themself all the same.
  const isBelow = own > leaders.length;
  const rows = [...leaders, ...(isBelow ? [{ rank: own, name: '', points: stats.points }] : [])].map(row);
  if (isBelow) rows.at(-1).classList.add('below');
  // Whoever looks is never among those left out.
  const rest = rows.slice(FIRST).filter((element) => !element.classList.contains('own'));
  for (const element of rest) element.hidden = true;
  const more = h('button', { type: 'button', class: 'plain', part: 'more', click: () => {
    for (const element of rest) element.hidden = false;
    more.remove();
    // What had the focus is gone.
    table.focus();
  } }, words.more);
  const table = h('table', { part: 'table', 'aria-labelledby': 'board', tabindex: '-1' },
    h('thead', {}, h('tr', {}, [words.rank, words.participant, words.points].map((title) => h('th', { scope: 'col' }, title)))),
    h('tbody', {}, rows));
  return section('board', words.board, leaders.length ? [table, rest.length > 0 && more] : h('p', { class: 'empty', part: 'empty' }, words.empty));
}
