// The search: over headings and what stands below them, in this browser. Loaded when somebody uses the field.

import MiniSearch from 'minisearch';

const SHOWN = 12;
const AROUND = 70;

const panel = document.querySelector('.results');
const status = panel.querySelector('[role=status]');
const list = panel.querySelector('ul');

const index = new MiniSearch({
  idField: 'url',
  fields: ['heading', 'page', 'text'],
  storeFields: ['url', 'heading', 'page', 'text'],
  // Names of methods, fields and settings are found whole, and by their parts.
  tokenize: (text) => text.split(/[^\p{L}\p{N}_-]+/u).flatMap((word) => [word, ...(/[_-]|\p{Ll}\p{Lu}/u.test(word) ? word.split(/[_-]+|(?<=\p{Ll})(?=\p{Lu})/u) : [])]).filter(Boolean),
  searchOptions: { boost: { heading: 4, page: 2 }, prefix: true, combineWith: 'AND' },
});

/** Each where the one before finds nothing: the words as they are, spelled nearly so, some of them. */
const WAYS = [{}, { fuzzy: 0.25 }, { combineWith: 'OR' }];

const fetched = fetch('/docs/search.json').then(async (answer) => {
  if (!answer.ok) throw Error(answer.statusText);
  index.addAll(await answer.json());
});

/** What a section says around the first word that was found, or how it begins. */
function excerpt({ text, terms }) {
  const plain = text.replace(/\s+/g, ' ').trim();
  const found = terms.map((term) => plain.toLowerCase().indexOf(term)).filter((at) => at >= 0);
  const first = Math.min(...(found.length ? found : [0]));
  // At a space, so that no word is cut.
  const at = first > AROUND ? plain.indexOf(' ', first - AROUND) + 1 : 0;
  const end = plain.length > at + 2.3 * AROUND ? plain.lastIndexOf(' ', at + 2.3 * AROUND) : plain.length;
  return `${at ? '… ' : ''}${plain.slice(at, end)}${end < plain.length ? ' …' : ''}`;
}

function line(result) {
  const item = document.createElement('li');
  const link = document.createElement('a');
  const [title, text] = [document.createElement('strong'), document.createElement('span')];
  link.href = result.url;
  title.textContent = result.heading === result.page ? result.heading : `${result.page}: ${result.heading}`;
  text.textContent = excerpt(result);
  link.append(title, text);
  item.append(link);
  return item;
}

async function show(field) {
  const asked = field.value.trim();
  if (!asked) return close();
  try {
    await fetched;
  } catch {
    list.replaceChildren();
    status.textContent = 'The index could not be loaded. Reload the page to try again.';
    panel.hidden = false;
    return;
  }
  if (field.value.trim() !== asked) return;
  const results = WAYS.map((way) => index.search(asked, way)).find(({ length }) => length) ?? [];
  list.replaceChildren(...results.slice(0, SHOWN).map(line));
  panel.scrollTop = 0;
  panel.hidden = false;
  status.textContent = results.length
    ? `${results.length} ${results.length === 1 ? 'result' : 'results'}${results.length > SHOWN ? `, the best ${SHOWN} of them` : ''}`
    : `Nothing about “${asked}”. Try one word, a parameter’s name such as autoInject, or an error’s text.`;
}

function close() {
  panel.hidden = true;
  list.replaceChildren();
  status.textContent = '';
}

/** Makes the field search, and the keys go through what it finds. */
export function connect(field) {
  const box = field.closest('search');
  field.addEventListener('input', () => show(field));
  field.addEventListener('focus', () => show(field));
  box.addEventListener('focusout', ({ relatedTarget }) => {
    if (!box.contains(relatedTarget)) close();
  });
  box.addEventListener('keydown', (event) => {
    const links = [...list.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement);
    const to = { ArrowDown: links[at + 1], ArrowUp: at > 0 ? links[at - 1] : field, Home: at >= 0 && links[0], End: at >= 0 && links.at(-1) }[event.key];
    if (event.key === 'Enter' && at < 0) links[0]?.click();
    else if (event.key === 'Escape' && !panel.hidden) {
      field.focus();
      close();
    } else if (to) to.focus();
    else return;
    event.preventDefault();
  });
  list.addEventListener('click', (event) => {
    if (!event.target.closest('a')) return;
    // The page may be this one.
    field.value = '';
    setTimeout(close);
  });
  return show(field);
}
