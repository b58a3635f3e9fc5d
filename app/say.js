// Says in a few words what has happened, to everybody: at the foot of the page, and to whoever has it read out.

const SHOWN_MS = 6000;
const place = document.querySelector('[data-said]');
let timer;

export function say(words) {
  place.textContent = words;
  place.classList.add('on');
  clearTimeout(timer);
  timer = setTimeout(() => place.classList.remove('on'), SHOWN_MS);
}
