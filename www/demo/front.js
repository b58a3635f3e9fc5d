// Writes this deployment's own address into the examples, and copies the tag.

for (const place of document.querySelectorAll('[data-origin]')) place.textContent = location.origin;

const copy = document.querySelector('[data-copy]');
const copied = document.querySelector('[data-copied]');

if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(document.querySelector('[data-testid=tag]').textContent);
      copy.textContent = 'Copied';
      copied.textContent = 'The tag is on the clipboard.';
    } catch {
      copied.textContent = 'The browser refused to copy: select the tag by hand.';
    }
  });
}
