// "What the tracker did": the log beside the shop, one bow on the kite's tail per event.

import { watchLinks } from './links.js';
import { refreshScore } from './score.js';
import { arrival, eachEvent, tracker } from './tracker.js';
import { codeWords, words } from './words.js';

const log = document.querySelector('[data-testid=tracker-log]');
const latest = document.querySelector('[data-latest]');
const who = document.querySelector('[data-who]');
const codeText = document.querySelector('[data-testid=tracker-code]');
const strip = document.querySelector('#strip');
const toggle = document.querySelector('[data-testid=strip-toggle]');
const clock = new Intl.DateTimeFormat([], { timeStyle: 'medium' });

const element = (tag, className, text = '') =>
  Object.assign(document.createElement(tag), { className, textContent: text });

/** Adds one entry. `points` become chips, `url` is shown as code, `json` folds away. */
function add({ kind, title, text, points, url, json, at = new Date() }) {
  const entry = element('li', `bow ${kind}`);
  entry.dataset.kind = kind;
  const head = element('p', 'bow-head');
  const time = element('time', '', clock.format(at));
  time.dateTime = at.toISOString();
  head.append(element('strong', '', title), time);
  entry.append(head, element('p', 'bow-text', text));

  if (url) entry.append(element('code', 'bow-url', url));

  const chips = [['advocate', 'for them'], ['friend', 'for you']].filter(([side]) => points?.[side] > 0);
  if (chips.length) {
    const row = element('p', 'chips');
    for (const [side, whom] of chips) row.append(element('span', `chip ${side}`, `+${points[side]} ${whom}`), ' ');
    entry.append(row);
  }
  if (json !== undefined) {
    const details = element('details', '');
    const body = element('pre', '');
    body.append(element('code', '', JSON.stringify(json, null, 2)));
    details.addEventListener('toggle', () => details.scrollIntoView({ block: 'nearest' }));
    details.append(element('summary', '', kind === 'error' ? 'The event' : 'The endpoint’s answer'), body);
    entry.append(details);
  }
  log.append(entry);
  log.parentElement.scrollTop = log.parentElement.scrollHeight;
  latest.textContent = points?.advocate > 0 ? `${title}, +${points.advocate}` : title;
}

function showCode(rocket) {
  const code = rocket.getReferralCode();
  who.dataset.who = code ? 'sent' : 'alone';
  if (!code) return null;
  codeText.textContent = code;
  return code;
}

async function nameReferrer(rocket) {
  const answer = await rocket.validateCode().catch(() => null);
  if (answer?.referrerName) document.querySelector('[data-referrer]').textContent = `${answer.referrerName}.`;
}

// Another tab may have earned something meanwhile.
document.addEventListener('visibilitychange', () => {
  const code = tracker()?.getReferralCode();
  if (code && document.visibilityState === 'visible') refreshScore(code);
});

toggle.addEventListener('click', () => {
  const open = strip.classList.toggle('open');
  toggle.setAttribute('aria-expanded', String(open));
});

strip.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !strip.classList.contains('open')) return;
  strip.classList.remove('open');
  toggle.setAttribute('aria-expanded', 'false');
  toggle.focus();
});

// The tracker's whole memory in a browser: one cookie, on this host or a parent domain, and localStorage under one prefix.
document.querySelector('[data-testid=start-over]').addEventListener('click', () => {
  document.cookie = 'rocket_ref=; path=/; max-age=0';
  for (const labels = location.hostname.split('.'); labels.length > 1; labels.shift()) {
    document.cookie = `rocket_ref=; path=/; max-age=0; domain=${labels.join('.')}`;
  }
  for (const key of Object.keys(localStorage)) if (key.startsWith('rocket:')) localStorage.removeItem(key);
  location.assign('/demo/?ref=REF-XYZ789');
});

const rocket = await arrival;
if (rocket) {
  const code = showCode(rocket);
  if (code) {
    add({ kind: 'code', ...codeWords(code, new URLSearchParams(location.search).get('ref')) });
    refreshScore(code);
    nameReferrer(rocket);
  } else {
    add({ kind: 'code', title: 'No code', text: 'Neither the link nor this browser carries one.' });
  }
} else {
  who.dataset.who = 'absent';
  add({ kind: 'error', title: 'No tracker here', text: 'The script did not run. The shop does not need it to sell a kite.' });
}

watchLinks((report) => add({ kind: 'link', ...report }));

eachEvent(({ name, detail, at }) => {
  add({ kind: name, ...words[name](detail ?? {}), points: detail?.pointsAwarded, json: name === 'ready' ? undefined : detail, at });
  const code = tracker()?.getReferralCode();
  if (code && name !== 'ready') refreshScore(code);
});
