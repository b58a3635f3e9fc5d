// What earns how much.

import { h } from '../dom.js';

/** What there is to do, and what both get for it; what earns nothing is left out. */
export function earnings(words, { points, bonusActions }) {
  const { signup, purchase } = points;
  const { minAmount, perUnit } = purchase;
  const unit = words.fill(words.perUnit, { one: 1 });
  const bought = minAmount ? words.fill(words.purchaseFrom, { least: minAmount }) : words.purchase;
  return [
    [words.signup, signup],
    [bought, purchase],
    [unit, perUnit],
    ...bonusActions.map(({ action, description, points: advocate }) => [description || action, { advocate, friend: 0 }]),
  ].filter(([, { advocate, friend }]) => advocate || friend);
}

export function rules({ words, about, section }) {
  const row = ([what, { advocate, friend }]) => h('li', { part: 'rule' },
    h('span', { class: 'what' }, what),
    h('span', { class: 'gains' },
      advocate ? h('span', { class: 'gain' }, words.fill(words.forYou, { points: advocate })) : null,
      friend ? h('span', { class: 'gain friend' }, words.fill(words.forFriend, { points: friend })) : null));
  const rows = earnings(words, about).map(row);
  return section('rules', words.rules, rows.length ? h('ul', {}, rows) : h('p', {}, words.nothing));
}
