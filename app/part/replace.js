// Shows something new in the place of something old, and leaves the focus with the link or the thing that had it.

const NAMES = ['href', 'data-at'];

export function replace(place, ...children) {
  const had = place.contains(document.activeElement) ? document.activeElement : null;
  const name = NAMES.find((one) => had?.hasAttribute(one));
  place.replaceChildren(...children.filter(Boolean));
  if (name) place.querySelector(`[${name}="${CSS.escape(had.getAttribute(name))}"]`)?.focus({ preventScroll: true });
}
