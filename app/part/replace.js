// Shows something new in the place of something old, and leaves the focus with the link or the thing that had it, and what is
// scrolled where it was.

const NAMES = ['href', 'data-at'];

export function replace(place, ...children) {
  const had = place.contains(document.activeElement) ? document.activeElement : null;
  const name = NAMES.find((one) => had?.hasAttribute(one));
  const scrolled = [...place.querySelectorAll('.scroll')].map((element) => [element.dataset.at, element.scrollLeft]);
  const found = (attribute, value) => place.querySelector(`[${attribute}="${CSS.escape(value)}"]`);
  place.replaceChildren(...children.filter(Boolean));
  for (const [at, left] of scrolled) found('data-at', at)?.scrollTo({ left });
  if (name) found(name, had.getAttribute(name))?.focus({ preventScroll: true });
}
