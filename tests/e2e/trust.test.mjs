// Doubtful referrals from outside, over the real runtime: its own regular expressions tell bots, its own files the throw-away addresses.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, askPrivately, board, CODE, makeContest, startStack } from '../support/stack.mjs';

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
const GOOGLEBOT = 'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/142.0.0.0 Safari/537.36';

const points = { signup: { advocate: 10, friend: 5 }, purchase: { perUnit: { advocate: 1 } } };
const open = (trust) => makeContest(stack, { settings: { points, trust } });

/** As a page of the shop's sends it. */
const send = (path, body, agent = CHROME) => ask(stack, 'POST', `/api/referral/${path}`, body, { origin: 'https://shop.example', 'user-agent': agent });

/** An advocate who signed up in the browser `anns`; gives the entry's id and code. */
async function advocate(contestId, email = 'ann@gmail.com') {
  const { body } = await send('track-signup', { contestId, email, name: 'Ann', visitorId: 'anns' });
  return { id: body.data.entryId, code: body.data.referralCode };
}

const why = async (id) => (await askPrivately(stack, 'GET', `/api/v1/entries/${id}/why`)).body.data.grants;
const flags = async (id) => (await askPrivately(stack, 'GET', `/api/v1/entries/${id}`)).body.data.flags;

const STORIES = [
  ['selfReferral', { email: 'A.nn+1@googlemail.com', visitorId: 'joes' }, CHROME, "the friend's address leads to the advocate's own mailbox"],
  ['sameBrowser', { email: 'joe@example.com', visitorId: 'anns' }, CHROME, 'the friend came with the browser that the advocate signed up with'],
  ['bots', { email: 'joe@example.com', visitorId: 'joes' }, GOOGLEBOT, 'the browser said that it is a bot'],
  ['disposable', { email: 'joe@box.mailinator.com', visitorId: 'joes' }, CHROME, "the friend's address is from a service for throw-away addresses"],
];

for (const [rule, friend, agent, reason] of STORIES) {
  for (const action of ['off', 'flag', 'block']) {
    test(`${rule}: ${action}`, async () => {
      const contestId = await open({ [rule]: action });
      const { id, code } = await advocate(contestId);
      const signup = { contestId, referralCode: code, ...friend };
      const joined = await send('track-signup', signup, agent);
      assert.equal(joined.status, 201);
      assert.deepEqual(joined.body.data.pointsAwarded, action === 'block' ? { advocate: 0, friend: 0 } : { advocate: 10, friend: 5 });
      const [grant] = await why(id);
      assert.deepEqual([grant.cause, grant.points, grant.reason], {
        off: ['friendSignedUp', 10, null],
        flag: ['friendSignedUp', 10, `Doubtful: ${reason}`],
        block: ['blocked', 0, `Earned nothing: ${reason}`],
      }[action]);
      const said = action === 'off' ? [] : [rule];
      assert.deepEqual([grant.flags, await flags(id), await flags(joined.body.data.entryId)], [said, said, said]);
      const again = await send('track-signup', signup, agent);
      assert.deepEqual([again.status, again.body.data.alreadyExists], [200, true]);
      assert.equal((await board(stack, contestId)).find(([name]) => name === 'Ann')[1], action === 'block' ? 0 : 10);

      // The same of an order by somebody new.
      const order = { contestId, referralCode: code, orderId: '1', amount: 80, ...friend, email: friend.email.replace('@', rule === 'selfReferral' ? '2@' : '+2@') };
      const bought = await send('track-purchase', order, agent);
      assert.equal(bought.status, 201);
      assert.equal(bought.body.data.pointsAwarded.advocate, action === 'block' ? 0 : 80);
      const last = (await why(id)).at(-1);
      assert.deepEqual([last.cause, last.flags], [action === 'block' ? 'blocked' : 'friendPurchased', said]);
    });
  }
}

for (const [action, visits] of [['off', 1], ['flag', 1], ['block', 0]]) {
  test(`a bot's visit, ${action}`, async () => {
    const contestId = await open({ bots: action });
    const visit = (agent) => send('track-visit', { contestId, referralCode: CODE, visitorId: 'v1' }, agent);
    const stats = async () => (await ask(stack, 'GET', `/api/referral/stats?contestId=${contestId}&code=${CODE}`)).body.data.visits;
    const bot = await visit(GOOGLEBOT);
    assert.deepEqual([bot.status, bot.body.data.alreadyExists, await stats()], [201, false, visits]);
    const person = await visit(CHROME);
    assert.deepEqual([person.body.data.visitId, await stats()], [bot.body.data.visitId, 1]);
  });
}

test('who is a bot, and who is none', async () => {
  const contestId = await open({ bots: 'block' });
  let n = 0;
  for (const [agent, origin, points] of [
    [GOOGLEBOT, true, 0],
    ['Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', true, 0],
    ['Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)', false, 0],
    ['facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)', true, 0],
    ['python-requests/2.32.0', true, 0],
    // A shop's own server.
    ['python-requests/2.32.0', false, 10],
    ['GuzzleHttp/7', false, 10],
    ['node', false, 10],
    // People, and browsers with which owners try out their sites.
    [CHROME, true, 10],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', true, 10],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1', true, 10],
    ['Mozilla/5.0 (Linux; Android 10; CUBOT X20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36', true, 10],
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36', true, 10],
  ]) {
    n += 1;
    const body = { contestId, email: `friend-${n}@example.com`, referralCode: CODE };
    const headers = { 'user-agent': agent, ...(origin && { origin: 'https://shop.example' }) };
    const joined = await ask(stack, 'POST', '/api/referral/track-signup', body, headers);
    assert.equal(joined.body.data.pointsAwarded.advocate, points, agent);
  }
});

test('which addresses are to be thrown away, and which only hide behind a relay', async () => {
  const contestId = await open({ disposable: 'block' });
  for (const [domain, points] of [
    ['mailinator.com', 0],
    ['guerrillamail.com', 0],
    ['yopmail.com', 0],
    ['10minutemail.com', 0],
    ['deep.within.sharklasers.com', 0],
    ['mailinator.com.example', 10],
    ['gmail.com', 10],
    ['duck.com', 10],
    ['mozmail.com', 10],
    ['privaterelay.appleid.com', 10],
    ['bücher.example', 10],
  ]) {
    const body = { contestId, email: `joe@${domain}`, referralCode: CODE };
    const joined = await send('track-signup', body);
    assert.equal(joined.body.data.pointsAwarded.advocate, points, domain);
  }
});

test('of what a server reports, mailbox and address are looked at', async () => {
  const contestId = await open({ disposable: 'block' });
  const { code } = await advocate(contestId, 'ann@outlook.com');
  for (const [email, isReferred] of [['ann+2@outlook.com', false], ['joe@mailinator.com', false], ['joe@example.com', true]]) {
    const { body } = await askPrivately(stack, 'POST', `/api/v1/contests/${contestId}/entries`, { email, referralCode: code });
    assert.equal(body.data.isReferred, isReferred, email);
  }
});
