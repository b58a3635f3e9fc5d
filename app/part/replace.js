// Shows something new in the place of something old, and leaves the focus with the link that had it.

export function replace(place, ...children) {
  const href = place.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  place.replaceChildren(...children.filter(Boolean));
  if (href !== null) place.querySelector(`[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
}
