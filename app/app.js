// The dashboard: signs in with a private key, and shows the screen that the address names. It asks the public API and nothing else.

import { h } from '../widget/dom.js';
import { onSignedOut, session } from './api.js';
import { mayLeave } from './part/unsaved.js';
import { say } from './say.js';
import { find } from './screens.js';
import { signIn } from './screen/sign_in.js';

const main = document.querySelector('#main');
const nav = document.querySelector('[data-nav]');

/** Ends what the screen before this one still does. */
let life = new AbortController();

async function show() {
  life.abort();
  life = new AbortController();
  const { signal } = life;
  const isIn = session.key !== null;
  nav.hidden = !isIn;
  const { screen, parts, query } = isIn ? find(location.hash) : { screen: signIn };
  main.setAttribute('aria-busy', 'true');
  let shown;
  try {
    shown = await screen({ parts, query, signal, show });
  } catch (error) {
    if (signal.aborted) return;
    shown = failed(error);
  }
  if (signal.aborted) return;
  main.replaceChildren(...[shown].flat());
  main.removeAttribute('aria-busy');
  const title = main.querySelector('h1');
  document.title = `${title.textContent} · RocketTracker`;
  scrollTo(0, 0);
  // Whoever cannot see that the screen has changed is told, by its title.
  if (!main.contains(document.activeElement)) focus(title);
}

function focus(title) {
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
}

const failed = (error) => [
  h('h1', {}, error.status === 404 ? 'It is not there' : 'That did not work'),
  h('p', { class: 'lead' }, error.message),
  h('p', { class: 'actions' },
    h('button', { type: 'button', class: 'button', click: show }, 'Try again'),
    h('a', { class: 'button quiet', href: '#/' }, 'All contests')),
];

document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault(); // The part behind # is the screen's name.
  main.focus();
});
document.querySelector('[data-sign-out]').addEventListener('click', () => {
  if (!mayLeave()) return;
  session.forget();
  say('You are signed out.');
  show();
});
onSignedOut((why) => {
  say(why);
  show();
});
addEventListener('hashchange', ({ oldURL }) => {
  if (mayLeave()) show();
  else history.pushState(null, '', oldURL);
});
show();
