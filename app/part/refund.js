// Records that an order's money went back, whole or in part, and says what that did to the points.

import { h } from '../../widget/dom.js';
import { at, post } from '../api.js';
import { many, money } from '../words.js';
import { field, form } from './form.js';

/**
 * `{ dialog, open(order, from) }`; `done` is called once a refund is recorded. `from` is the `data-at` of what opens it: that may have
 * been made anew by then. An order's number is what a stranger wrote.
 */
export function refunding({ contest, signal, done }) {
  const number = h('span', {});
  const cost = h('strong', {});
  const place = h('div', { class: 'stack' });
  const shut = h('button', { type: 'button', class: 'button quiet', click: () => dialog.close() }, 'Close');
  let opener;
  const dialog = h('dialog', { 'aria-labelledby': 'refund-title', close: () => document.querySelector(`[data-at="${CSS.escape(opener)}"]`)?.focus() },
    h('h2', { id: 'refund-title' }, 'Refund of order ', number),
    h('p', {}, 'It cost ', cost, '. Points go back in proportion; no money is moved here.'),
    place);
  return {
    dialog,
    open({ orderId, amount, currency }, from) {
      opener = from;
      number.textContent = orderId;
      cost.textContent = money(amount, currency);
      const part = h('input', { name: 'amount', type: 'number', step: 'any', inputmode: 'decimal', autocomplete: 'off' });
      // The same click twice, or an answer that was lost, is one refund.
      const eventId = crypto.randomUUID();
      place.replaceChildren(form({
        label: 'Refund', submit: 'Record the refund', more: [shut],
        fields: [field({ label: `Amount in ${currency}`, input: part, help: 'Empty: all that is left.' })],
        async act() {
          const refund = await post(at(contest, '/refunds'), { orderId, eventId, ...(part.value && { amount: Number(part.value) }) }, { signal });
          place.replaceChildren(h('p', { role: 'status' }, effect(refund)), h('p', { class: 'actions' }, shut));
          shut.focus();
          await done();
        },
      }));
      dialog.showModal();
    },
  };
}

const effect = ({ pointsTakenBack: { advocate, friend }, left, currency }) => [
  left === 0 ? 'The order is refunded whole.' : `${money(left, currency)} of the order are left.`,
  advocate === 0 && friend === 0 ? 'It had no points to take back.' : `${many(advocate, 'point')} went back from who brought the buyer, ${many(friend, 'point')} from the buyer.`,
].join(' ');
