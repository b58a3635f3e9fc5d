// What the widget says, and where its links lead, without a browser.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';

const words = (name) => import(`../../widget/words/${name}.js`).then((module) => module.default);
const languages = (await readdir(new URL('../../widget/words/', import.meta.url))).map((file) => file.replace('.js', '')).sort();
const english = await words('en');
const gaps = (text) => (text.match(/{\w+}/g) ?? []).sort();

/** What is the same word in another language. */
const SAME = {
  de: ['participant'],
  fr: ['email', 'mail', 'points', 'somebody'],
  pt: ['email', 'mail'],
};

test('there are six languages, and each has every text, with the gaps of the English one', async () => {
  assert.deepEqual(languages, ['de', 'en', 'es', 'fr', 'ja', 'pt']);
  for (const language of languages) {
    const texts = await words(language);
    assert.deepEqual(Object.keys(texts), Object.keys(english), language);
    for (const [key, text] of Object.entries(texts)) {
      assert(text.trim() === text && text.length > 0, `${language} ${key}`);
      assert.deepEqual(gaps(text), gaps(english[key]), `${language} ${key}`);
    }
    const untranslated = Object.keys(texts).filter((key) => language !== 'en' && texts[key] === english[key]);
    assert.deepEqual(untranslated, SAME[language] ?? [], `${language} says it as English does`);
  }
});

test('what earns nothing is not told of', async () => {
  const { earnings } = await import('../../widget/view/rules.js');
  const speak = { ...english, fill: (text, values) => text.replace(/{(\w+)}/g, (_, name) => values[name]) };
  const none = { advocate: 0, friend: 0 };
  for (const [story, points, bonusActions, expected] of [
    ['nothing', { signup: none, purchase: { ...none, perUnit: none, minAmount: 0 } }, [], []],
    ['as it comes', { signup: { advocate: 10, friend: 5 }, purchase: { ...none, perUnit: none, minAmount: 0 } }, [], [['A friend signs up', 10, 5]]],
    [
      'all of it',
      { signup: { advocate: 0, friend: 5 }, purchase: { advocate: 20, friend: 0, perUnit: { advocate: 0.5, friend: 0 }, minAmount: 30 } },
      [{ action: 'follow', description: 'Follow us', points: 7 }, { action: 'visit', description: '', points: 1 }, { action: 'rest', description: '', points: 0 }],
      [['A friend signs up', 0, 5], ['A friend buys for 30 or more', 20, 0], ['For every 1 that a friend spends', 0.5, 0], ['Follow us', 7, 0], ['visit', 1, 0]],
    ],
  ]) {
    const rows = earnings(speak, { points, bonusActions }).map(([what, { advocate, friend }]) => [what, advocate, friend]);
    assert.deepEqual(rows, expected, story);
  }
});

test('a share link holds the message and the whole link, whatever is in them', async () => {
  const { targets } = await import('../../widget/share.js');
  const link = 'https://shop.example/?lang=en&ref=REF-1#top';
  const title = 'Kites & "friends" 100% #1';
  const speak = { ...english, fill: (text, values) => text.replace('{title}', values.title) };
  const found = Object.fromEntries(targets(speak, title, link).map(({ name, href }) => [name, new URL(href)]));
  const message = 'Kites & "friends" 100% #1: I am in, come along with my link.';
  for (const [name, host, expected] of [
    ['WhatsApp', 'wa.me', { text: `${message} ${link}` }],
    ['X', 'x.com', { text: message, url: link }],
    ['Facebook', 'www.facebook.com', { u: link }],
    ['LinkedIn', 'www.linkedin.com', { url: link }],
    ['E-mail', '', { subject: title, body: `${message} ${link}` }],
  ]) {
    assert.deepEqual([found[name].host, Object.fromEntries(found[name].searchParams)], [host, expected], name);
    assert.equal(found[name].hash, '', name);
  }
});
