// The way through a list that has more than one page.

import { h } from '../../widget/dom.js';
import { count } from '../words.js';

/** `address(n)` is that of a page. One that is beyond the last leads back to it. */
export function pages({ page, totalPages }, address, [before, after]) {
  const way = (n, words) => h('a', { class: 'button quiet small', href: address(n) }, words);
  const nav = (...ways) => h('nav', { class: 'pages', 'aria-label': 'Pages' }, ...ways);
  if (page > Math.max(totalPages, 1)) return nav(way(Math.max(totalPages, 1), 'To the last page'));
  if (totalPages < 2) return null;
  return nav(page > 1 && way(page - 1, before), h('span', {}, `Page ${count(page)} of ${count(totalPages)}`), page < totalPages && way(page + 1, after));
}
