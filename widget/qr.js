// A link as a QR code. Loaded when somebody asks for one.

import { generate } from 'lean-qr';
import { svg } from './dom.js';

/** Modules of margin, which readers need. */
const QUIET = 4;

/** An image, dark on white in every theme. */
export default function draw(link, label) {
  const code = generate(link);
  let path = '';
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      if (code.get(x, y)) path += `M${x} ${y}h1v1h-1z`;
    }
  }
  const size = code.size + 2 * QUIET;
  const image = svg(path, { viewBox: `${-QUIET} ${-QUIET} ${size} ${size}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges', class: 'qr', part: 'qr' });
  image.removeAttribute('aria-hidden');
  return image;
}
