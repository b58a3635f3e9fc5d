// The cart: what is in it, its total, and its place on the page.

import { priceText } from './money.js';
import { products } from './products.js';

const held = new Map(); // sku → quantity
const lines = document.querySelector('[data-cart-lines]');
const emptyNote = document.querySelector('[data-cart-empty]');
const totalText = document.querySelector('[data-testid=cart-total]');
const countText = document.querySelector('[data-cart-count]');
const said = document.querySelector('[data-cart-said]');
const heading = document.querySelector('#cart');

const sum = (of) => [...held].reduce((total, [sku, quantity]) => total + of(products.get(sku), quantity), 0);

export const cart = {
  get cents() {
    return sum((kite, quantity) => kite.cents * quantity);
  },
  get isEmpty() {
    return held.size === 0;
  },
  empty() {
    held.clear();
    draw();
  },
};

const changed = new EventTarget();

/** Calls `react` whenever somebody changes what is in the cart. */
export const onCartChange = (react) => changed.addEventListener('change', react);

function change(sku, by) {
  const quantity = Math.max(0, (held.get(sku) ?? 0) + by);
  if (quantity) held.set(sku, quantity);
  else held.delete(sku);
  draw();
  const { name } = products.get(sku);
  said.textContent = `${name}: ${quantity} in the cart. Total ${priceText(cart.cents)}.`;
  changed.dispatchEvent(new Event('change'));
}

function newLine({ sku, name, picture }) {
  const line = document.createElement('li');
  line.dataset.sku = sku;

  const image = Object.assign(new Image(48, 56), { src: picture, alt: '' });
  const title = Object.assign(document.createElement('span'), { className: 'line-name', textContent: name });
  const quantity = Object.assign(document.createElement('span'), { className: 'quantity' });
  const number = Object.assign(document.createElement('span'), { className: 'number' });
  const price = Object.assign(document.createElement('span'), { className: 'price' });
  quantity.append(stepper('−', `One ${name} fewer`, sku, -1), number, stepper('+', `One ${name} more`, sku, 1));
  line.append(image, title, quantity, price);
  return line;
}

function stepper(sign, label, sku, by) {
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: sign });
  button.setAttribute('aria-label', label);
  button.addEventListener('click', () => change(sku, by));
  return button;
}

// Lines are changed in place, so that a pressed stepper keeps the focus.
function draw() {
  for (const line of [...lines.children]) {
    if (held.has(line.dataset.sku)) continue;
    if (line.contains(document.activeElement)) heading.focus({ preventScroll: true });
    line.remove();
  }
  for (const [sku, quantity] of held) {
    const kite = products.get(sku);
    let line = lines.querySelector(`[data-sku="${sku}"]`);
    if (!line) lines.append(line = newLine(kite));
    line.querySelector('.number').textContent = quantity;
    line.querySelector('.price').textContent = priceText(kite.cents * quantity);
  }
  for (const { sku, button } of products.values()) {
    button.querySelector('[data-label]').textContent = held.has(sku) ? `Add another (${held.get(sku)})` : 'Add to cart';
  }
  emptyNote.hidden = !cart.isEmpty;
  totalText.textContent = priceText(cart.cents);
  countText.textContent = sum((_, quantity) => quantity);
}

for (const { sku, button } of products.values()) button.addEventListener('click', () => change(sku, 1));
