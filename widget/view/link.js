// The participant's link, and every way to pass it on.

import { h, svg } from '../dom.js';
import { load } from '../host.js';
import { QR, SHARE } from '../icons.js';
import { targets } from '../share.js';

/** Where the contest names no site, it is this page that friends are sent to. */
function pageWith(code) {
  const page = new URL(location.href);
  page.search = page.hash = '';
  page.searchParams.set('ref', code);
  return page.href;
}

export function link({ words, about, stats, code, act, section, say, said }) {
  const url = stats.link || pageWith(code);
  const input = h('input', { class: 'link', part: 'input link', readonly: true, value: url, 'aria-label': words.yourLink, dir: 'ltr', focus: () => input.select() });
  const copy = h('button', { type: 'button', class: 'button', part: 'button copy', click: () => copied() }, words.copy);
  let timer;

  const copied = async () => {
    if (!(await put(url, input))) {
      input.focus();
      return say(words.copyByHand);
    }
    copy.textContent = words.copied;
    say(words.linkCopied);
    clearTimeout(timer);
    timer = setTimeout(() => (copy.textContent = words.copy), 2_500);
  };

  const place = h('div', { id: 'qr', class: 'qr-place', hidden: true });
  const qr = h('button', { type: 'button', class: 'way', part: 'share-link', 'aria-expanded': 'false', 'aria-controls': 'qr', click: () => toggle() }, svg(QR), h('span', {}, words.qr));
  const toggle = async () => {
    try {
      if (!place.firstChild) place.replaceChildren((await load('qr')).default(url, words.qrOf));
    } catch {
      return say(words.offline);
    }
    place.hidden = !place.hidden;
    qr.setAttribute('aria-expanded', String(!place.hidden));
  };

  const send = navigator.share && h('button', { type: 'button', class: 'way', part: 'share-link', click: () => sent() }, svg(SHARE), h('span', {}, words.share));
  const sent = () =>
    navigator.share({ title: about.title, text: words.fill(words.message, { title: about.title }), url })
      // Whoever changes their mind has done nothing wrong.
      .catch((error) => error.name !== 'AbortError' && say(words.failed));

  const way = ({ name, icon, href, isHere }) => h('a', { class: 'way', part: 'share-link', href, ...(!isHere && { target: '_blank', rel: 'noopener noreferrer' }) },
    svg(icon), h('span', {}, name), !isHere && h('span', { class: 'unseen' }, ` ${words.newWindow}`));
  return section('own', words.yourLink,
    h('div', { class: 'copying' }, input, copy),
    h('div', { class: 'ways', part: 'share', role: 'group', 'aria-label': words.shareWith }, send, targets(words, about.title, url).map(way), qr),
    place,
    h('div', { class: 'after' }, said, act.leave && h('button', { type: 'button', class: 'plain', part: 'leave', click: act.leave }, words.notYou)));
}

/** Puts text on the clipboard: by the way of today, or that of before, which needs no permission. */
async function put(text, input) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    input.focus();
    input.select();
    try {
      return document.execCommand('copy');
    } catch {
      return false;
    }
  }
}
