// Looks at a pasted snippet, and runs the script of this deployment with its parameters, in this page.

import * as tag from './modules.js';
import { corrected, faultsOfPlace, readSnippet } from './snippet.js';

const form = document.querySelector('[data-form]');
const results = document.querySelector('[data-results]');
const snippet = document.querySelector('[data-snippet]');
const ran = document.querySelector('[data-ran]');
const fixed = document.querySelector('[data-fixed]');
const leftOut = document.querySelector('[data-left-out]');
const status = document.querySelector('[data-status]');

for (const place of document.querySelectorAll('[data-origin]')) place.textContent = location.origin;

/** The one script that this page may make: its own deployment's. */
const policy = window.trustedTypes?.createPolicy('rocket-doctor', {
  createScriptURL(address) {
    const url = new URL(address);
    if (url.origin !== location.origin || url.pathname !== '/referral-tracker.js') throw new TypeError(`not the script: ${address}`);
    return address;
  },
});

/** Only on a page of its own does a parameter mean what it says. */
const ELSEWHERE = {
  consent: () => 'it is not asked for here, so that the endpoint can be asked at once',
  domain: (domain) => !`.${location.hostname}`.endsWith(`.${domain.replace(/^\./, '')}`) && 'this page is not on that domain',
  api: (api) => api !== location.origin && 'this page asks its own deployment; whether your proxy lets everything through, your own page tells',
};

fixed.querySelector('button').addEventListener('click', () => {
  form.elements.tag.value = fixed.querySelector('code').textContent;
  form.requestSubmit();
});

const pasted = new URLSearchParams(location.search).get('tag');
if (pasted !== null) {
  form.elements.tag.value = pasted;
  results.hidden = false;
  status.textContent = await look(pasted);
  results.querySelector('h2').focus();
}

/** Shows what is wrong in the snippet and what the script says; gives both in a few words. */
async function look(text) {
  const { src, attributes, faults } = readSnippet(text);
  if (src) faults.push(...faultsOfPlace(src, location.origin), ...tag.faultsOf(new URL(src, location.origin)), ...(await faultsOfHash(attributes)));
  const state = tag.worst(faults);
  const lines = (name) => faults.map((fault) => fault[name]).filter(Boolean).map((line, _, all) => (all.length > 1 ? `- ${line}` : line)).join('\n');
  const answer = faults.length ? lines('text') : 'Yes: host, parameters and attributes are as they should be.';
  snippet.replaceChildren(tag.render({ checks: [{ id: 'snippet', question: 'Is the snippet right?', state, answer, todo: lines('todo') }] }));
  if (!src) {
    document.querySelector('[data-run]').hidden = true;
    return 'No script was found in it.';
  }
  if (state === 'problem') {
    fixed.hidden = false;
    fixed.querySelector('code').textContent = corrected(src, location.origin, tag);
  }
  const report = await run(new URL(src, location.origin).searchParams);
  if (!report) return 'The script did not run.';
  ran.replaceChildren(tag.render(report));
  return 'The report is there.';
}

async function run(asked) {
  const url = new URL('/referral-tracker.js', location.origin);
  for (const [name, value] of asked) {
    const why = ELSEWHERE[name]?.(value);
    if (!why) url.searchParams.append(name, value);
    else leftOut.append(Object.assign(document.createElement('li'), { textContent: `${name}=${value} is left out: ${why}.` }));
  }
  const script = document.createElement('script');
  script.src = policy ? policy.createScriptURL(url.href) : url.href;
  const loaded = new Promise((resolve) => {
    script.addEventListener('load', () => resolve(true));
    script.addEventListener('error', () => resolve(false));
  });
  document.head.append(script);
  if (!(await loaded)) {
    ran.textContent = 'The script could not be loaded here: a content blocker or the network is in the way.';
    return undefined;
  }
  return window.RocketTracker.doctor();
}

/** A hash that is not the script's keeps the browser from running it. */
async function faultsOfHash(attributes) {
  const [, algorithm, hash] = /^(sha\d+)-(\S+)$/.exec(attributes?.integrity ?? '') ?? [];
  if (!hash || !crypto.subtle) return [];
  const bytes = await (await fetch('/referral-tracker.js')).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest(algorithm.replace('sha', 'SHA-'), bytes));
  if (btoa(String.fromCharCode(...digest)) === hash) {
    return [{ state: 'note', text: '`integrity` is the hash of the script as it is today: after the next release the browser refuses it.', todo: 'Change it with every release, or leave it out.' }];
  }
  return [{ state: 'problem', text: '`integrity` is not the hash of this deployment’s script: the browser refuses it.', todo: 'Leave `integrity` out, or write the hash that `cargo xtask build` prints.' }];
}
