// What every page of the docs does beside being read: its samples name this deployment and can be copied, and it can be searched.

const field = document.querySelector('#search');

// The index is for those who ask.
let searching;
const search = () => (searching ??= import('/docs/search.js').then(({ connect }) => connect(field)));
for (const event of ['focus', 'input']) field.addEventListener(event, search, { once: true });

document.addEventListener('keydown', (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (key !== '/' || ctrlKey || metaKey || altKey || target.closest('input, textarea, select, [contenteditable]')) return;
  event.preventDefault();
  field.select();
  field.focus();
});

/** What samples write for the address of a deployment. */
const ADDRESS = /https:\/\/(?:HOST\b|rockettracker\.YOU\.workers\.dev)/g;

const said = document.createElement('p');
said.className = 'unseen';
said.role = 'status';
document.body.append(said);

for (const pre of document.querySelectorAll('.sample pre')) {
  const texts = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace(ADDRESS, location.origin);
  if (!navigator.clipboard) continue;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = said.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(pre);
      said.textContent = 'This browser does not let a page copy: the sample is selected.';
    }
    setTimeout(() => (button.textContent = 'Copy'), 2000);
  });
  pre.previousElementSibling.append(button);
}

// What does not scroll is no stop for the keyboard.
const boxes = document.querySelectorAll('.sample pre, .table');
const fit = ({ target }) => (target.scrollWidth > target.clientWidth ? target.setAttribute('tabindex', '0') : target.removeAttribute('tabindex'));
const sizes = new ResizeObserver((entries) => entries.forEach(fit));
for (const box of boxes) sizes.observe(box);
