// Placing an order, and telling the tracker about it.

import { onSubmit, run } from './form.js';
import { majorUnits, priceText } from './money.js';
import { pointsText } from './words.js';
import { cart, onCartChange } from './shop.js';
import { tracker, withPatience } from './tracker.js';

const form = document.querySelector('[data-testid=checkout-form]');
const again = document.querySelector('[data-testid=checkout-again]');

let orderId = null; // kept until the order is through: a second try is the same order
let placed = null;

function newOrderId() {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  return `LL-${random.toString(36).toUpperCase().padStart(7, '0')}`;
}

/** Tells the tracker; resolves with what to add to the shop's own words. */
async function tell({ orderId, cents, email }) {
  const rocket = tracker();
  if (!rocket) return 'The tracker is not on this page, so nobody is credited.';
  const { answer, queued } = await withPatience(rocket.trackPurchase(orderId, majorUnits(cents), 'USD', email));
  if (queued) return 'The tracker holds it in its queue and sends it when the endpoint answers.';
  if (answer?.alreadyExists) return 'The tracker knew this order already: no points twice.';
  if (answer?.status === 'pending') return 'Points follow once the payment is confirmed.';
  return pointsText(answer?.pointsAwarded) || 'Nobody is credited for it.';
}

onSubmit(form, 'Placing the order…', async ({ email }) => {
  if (cart.isEmpty) throw new Error('The cart is empty: add a kite first.');
  again.hidden = true;
  const order = { orderId: orderId ??= newOrderId(), cents: cart.cents, email };
  const told = await tell(order);
  placed = order;
  orderId = null;
  cart.empty();
  again.hidden = !tracker();
  return `Order ${order.orderId} is placed: ${priceText(order.cents)}. ${told}`;
});

again.addEventListener('click', () => run(form, again, 'Sending it again…', async () => {
  const told = await tell(placed);
  return `Order ${placed.orderId}, sent again. ${told}`;
}));

// A changed cart is another order.
onCartChange(() => {
  orderId = null;
});
