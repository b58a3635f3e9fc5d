// In which language the widget speaks, and how it fills the gaps in its texts.

import english from './words/en.js';
import { hasChunk, load } from './host.js';

/** The language of a text is that of the nearest element that names one; it is looked for outside of shadow trees as well. */
function named(element) {
  for (let at = element; at; ) {
    const own = at.closest('[lang]')?.lang;
    if (own) return [own];
    at = at.getRootNode().host;
  }
  return navigator.languages || [];
}

/** The first language that there are words in, as the page writes it: `de-CH` has the numbers of Switzerland. */
export function language(element) {
  const known = (tag) => tag.toLowerCase().startsWith('en') || hasChunk(primary(tag));
  return named(element).find(known) || 'en';
}

const primary = (tag) => tag.toLowerCase().split('-')[0];

/** The words of a language, with what writes numbers and dates in it. Where they cannot be had, English ones. */
export async function speak(tag) {
  const name = primary(tag);
  const texts = hasChunk(name) ? await load(name).then((module) => module.default, () => null) : english;
  const spoken = texts ? tag : 'en';
  return { ...writer(spoken), lang: spoken, ...(texts || english) };
}

function writer(tag) {
  const using = (Format, options) => {
    try {
      return new Format(tag, options);
    } catch {
      return new Format('en', options); // `lang` may hold anything
    }
  };
  const number = using(Intl.NumberFormat, { maximumFractionDigits: 4 });
  const day = using(Intl.DateTimeFormat, { dateStyle: 'long' });
  return {
    number: (value) => number.format(value),
    day: (time) => day.format(new Date(time)),
    /** `fill('{rank} of {of}', { rank: 1, of: 4 })`: numbers as the language writes them. */
    fill: (text, values) => text.replace(/{(\w+)}/g, (_, name) => (typeof values[name] === 'number' ? number.format(values[name]) : values[name])),
  };
}
