// How a participant fares, in five numbers.

import { h } from '../dom.js';

export function stats({ words, stats, section }) {
  const place = stats.rank ? words.fill(words.rankOf, stats) : '–';
  const number = (label, value, name = '') => h('div', { class: `stat ${name}`, part: 'stat' }, h('dt', {}, label), h('dd', {}, value));
  const plain = (name) => number(words[name], words.number(stats[name]));
  return section('stats', words.stats,
    h('dl', {}, number(words.points, words.number(stats.points), 'first'), number(words.rank, place, 'first'), ['visits', 'signups', 'purchases'].map(plain)));
}
