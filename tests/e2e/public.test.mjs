// What everybody may read of a contest, without a key, on the real runtime; and its page, as a browser or a link preview gets it.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { ask, askPrivately, CODE, makeContest, startStack } from '../support/stack.mjs';

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

const signup = (contestId, email, name) => ask(stack, 'POST', '/api/referral/track-signup', { contestId, email, name, referralCode: CODE });
const leaders = async (id, more = '') => (await ask(stack, 'GET', `/api/referral/leaderboard?contestId=${id}${more}`)).body.data;

test('what a contest is, and who leads, without a key', async () => {
  const id = await makeContest(stack, { title: 'Autumn', description: 'Bring friends.' });
  assert.equal((await signup(id, 'joe@example.com', 'Joe Public')).status, 201);
  const { body } = await ask(stack, 'GET', `/api/referral/contest?contestId=${id}`);
  const { title, description, status, points } = body.data;
  assert.deepEqual([title, description, status, points.purchase.perUnit.advocate], ['Autumn', 'Bring friends.', 'active', 1]);
  const board = { leaders: [{ rank: 1, name: 'Jane D.', points: 10 }, { rank: 2, name: 'Joe P.', points: 5 }], of: 2 };
  assert.deepEqual(await leaders(id), board);
  assert.deepEqual(await leaders(id, '&limit=1'), { ...board, leaders: board.leaders.slice(0, 1) });
  assert.doesNotMatch(JSON.stringify([body, await leaders(id)]), /example\.com|REF-|[0-9a-f]{32}/, 'no address, code or id');
});

test('names are as the contest says', async () => {
  for (const [leaderboardNames, expected] of [['none', null], ['masked', 'Jane D.'], ['full', 'Jane Doe']]) {
    const id = await makeContest(stack, { settings: { leaderboardNames } });
    assert.equal((await leaders(id)).leaders[0].name, expected);
  }
  const refused = await askPrivately(stack, 'POST', '/api/v1/contests', { title: 'A', settings: { leaderboardNames: 'initials' } });
  assert.deepEqual([refused.status, refused.body.field], [400, 'settings.leaderboardNames']);
});

test('a page of another origin is refused, and the deployment\'s own is not', async () => {
  const id = await makeContest(stack, { settings: { allowedOrigins: ['https://shop.example'] } });
  const from = (origin) => ask(stack, 'GET', `/api/referral/contest?contestId=${id}`, undefined, { origin });
  const statuses = [];
  for (const origin of ['https://evil.example', 'https://shop.example', stack.origin]) statuses.push((await from(origin)).status);
  assert.deepEqual(statuses, [403, 200, 200]);
});

test('the page of a contest has what a link preview shows, and a policy that allows nothing inline', async () => {
  const id = await makeContest(stack, { title: 'Kites & <friends>', description: 'Bring "one".' });
  const { status, headers, body } = await ask(stack, 'GET', `/c/${id}`, undefined, { 'accept-language': 'de-DE,en;q=0.5' });
  assert.deepEqual([status, headers.get('content-type'), headers.get('cache-control')], [200, 'text/html; charset=utf-8', 'no-cache']);
  assert.doesNotMatch(headers.get('content-security-policy'), /unsafe-inline|unsafe-eval'.*unsafe-eval'|\*/);
  assert.match(headers.get('content-security-policy'), /require-trusted-types-for 'script'/);
  const meta = (name) => body.match(new RegExp(`<meta (?:property|name)="${name}" content="([^"]*)">`))?.[1];
  assert.equal(meta('og:title'), 'Kites &amp; &lt;friends&gt;');
  assert.equal(meta('og:description'), 'Bring &quot;one&quot;.');
  assert.equal(meta('description'), meta('og:description'));
  assert.equal(meta('og:url'), `${stack.origin}/c/${id}`);
  assert.equal(meta('twitter:card'), 'summary_large_image');
  assert.match(body, /<html lang="de">/);
  const picture = await fetch(meta('og:image'));
  assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/png']);
  const bytes = Buffer.from(await picture.arrayBuffer());
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [1200, 630], 'as large as the page says');
  for (const [, path] of body.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
    assert.equal((await fetch(stack.origin + path.replaceAll('&amp;', '&'))).status, 200, path);
  }
});

test('where there is no contest to show, people are told so', async () => {
  const draft = await makeContest(stack, { status: 'draft', title: 'Secret plan' });
  for (const [path, status, text] of [['/c/nothing', 404, 'Contest not found'], ['/c/%3Cscript%3E', 404, 'Contest not found'], [`/c/${draft}`, 403, 'This contest has not started']]) {
    const page = await ask(stack, 'GET', path);
    assert.deepEqual([page.status, page.body.includes(`<h1>${text}</h1>`), page.body.includes('noindex')], [status, true, true], path);
    assert(!page.body.includes('Secret plan') && !page.body.includes('<script'), path);
  }
});

test('the page is in every language that the widget has words in', async () => {
  const id = await makeContest(stack);
  for (const file of await readdir(new URL('../../widget/words/', import.meta.url))) {
    const language = file.replace('.js', '');
    const { body } = await ask(stack, 'GET', `/c/${id}?lang=${language}`, undefined, { 'accept-language': language === 'en' ? 'de' : 'en' });
    assert.match(body, new RegExp(`<html lang="${language}">`));
  }
});

test('the widget\'s script is fresh within minutes, and what it loads is kept for ever', async () => {
  const script = await fetch(`${stack.origin}/referral-widget.js`);
  assert.deepEqual(['cache-control', 'access-control-allow-origin'].map((name) => script.headers.get(name)), ['public, max-age=300', '*']);
  const chunks = [...new Set((await script.text()).match(/widget-\w+-[0-9a-f]{8}\.js/g))];
  assert.equal(chunks.length, 6, 'five languages and the QR code');
  for (const chunk of chunks) {
    const answer = await fetch(`${stack.origin}/core/${chunk}`);
    assert.deepEqual([answer.status, answer.headers.get('cache-control')], [200, 'public, max-age=31536000, immutable'], chunk);
  }
});
