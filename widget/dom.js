// Makes elements. Text becomes text and nothing else, whoever wrote it.

const SVG = 'http://www.w3.org/2000/svg';

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  return element;
}

/** `h('p', { class: 'lead', click: act }, 'text', element)`; children that are `null` or `false` are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = set(document.createElement(tag), attributes);
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

/** One shape. Nobody reads it out, unless it says otherwise. */
export function svg(path, attributes = {}) {
  const image = set(document.createElementNS(SVG, 'svg'), { viewBox: '0 0 24 24', 'aria-hidden': 'true', ...attributes });
  image.append(set(document.createElementNS(SVG, 'path'), { d: path }));
  return image;
}
