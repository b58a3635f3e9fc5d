// Coming and going: participants as a spreadsheet, and everything a contest holds to take along.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, askPrivately, board, CODE, makeContest, startStack } from '../support/stack.mjs';

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

const importCsv = (contest, csv, query = '') =>
  ask(stack, 'POST', `/api/v1/contests/${contest}/import${query}`, csv, { 'x-api-key': stack.key, 'content-type': 'text/csv' });

async function exported(contest, format) {
  const { status, headers, body } = await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/export?format=${format}`);
  assert.equal(status, 200);
  assert.equal(headers.get('content-disposition'), `attachment; filename="${contest}.${format}"`);
  return { type: headers.get('content-type'), body };
}

test('a spreadsheet is imported line by line, and what was exported goes in again', async () => {
  const contest = await makeContest(stack);
  const csv = 'Email,name,POINTS,referralCode\r\nann@example.com,"Doe, Ann",120,ANN-1\r\nnobody,x,1,\r\nbob@example.com,=1+1,half,\r\ncarl@example.com,=1+1,,';
  const { status, body } = await importCsv(contest, csv);
  assert.equal(status, 200);
  assert.deepEqual(body.data.report.map(({ line, status, error }) => [line, status, error]), [
    [1, 'created', undefined],
    [2, 'error', 'email is not a valid e-mail address'],
    [3, 'error', 'points must be a whole number'],
    [4, 'created', undefined],
  ]);
  assert.equal(body.data.next, null);
  assert.equal((await importCsv(contest, csv)).body.data.report[0].status, 'exists');
  // A link that was shared before leads to the one who shared it.
  const friend = await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, email: 'joe@example.com', referralCode: 'ann-1' });
  assert.equal(friend.body.data.isReferred, true);

  const { type, body: text } = await exported(contest, 'csv');
  assert.equal(type, 'text/csv; charset=utf-8');
  const lines = text.trimEnd().split('\r\n');
  assert.equal(lines.length, 5);
  assert(lines.some((line) => line.includes(',"Doe, Ann",,130,false,false,ANN-1,1,0,0,')), text);
  assert(lines.some((line) => line.includes(",'=1+1,")), 'a name is no formula');

  const next = await makeContest(stack);
  const again = await importCsv(next, text);
  const taken = again.body.data.report.filter(({ status }) => status === 'exists');
  assert.equal(taken.length, 1, 'Jane is there already');
  assert.deepEqual((await board(stack, next))[0], ['Doe, Ann', 130]);
  assert((await board(stack, next)).some(([name]) => name === '=1+1'));
});

test('more than one call takes is gone on with', async () => {
  const contest = await makeContest(stack);
  const csv = ['email', ...Array.from({ length: 130 }, (_, n) => `friend-${n}@example.com`)].join('\n');
  const first = await importCsv(contest, csv);
  assert.deepEqual([first.body.data.report.length, first.body.data.next], [100, 101]);
  const second = await importCsv(contest, csv, '?from=101');
  assert.deepEqual([second.body.data.report.length, second.body.data.next], [30, null]);
  for (const from of ['0', '1000001', '99999999999999999999', 'x']) {
    const { status, body } = await importCsv(contest, csv, `?from=${from}`);
    assert.deepEqual([status, body.field, body.error], [400, 'from', 'from must be from 1 to 1000000'], from);
  }
  const list = await askPrivately(stack, 'GET', `/api/v1/contests/${contest}/entries`);
  assert.equal(list.body.pagination.total, 131);
  const { body: text } = await exported(contest, 'csv');
  assert.equal(text.trimEnd().split('\r\n').length, 132);
});

test('as JSON it is everything: the contest, its participants and every fact', async () => {
  const contest = await makeContest(stack);
  await ask(stack, 'POST', '/api/referral/track-visit', { contestId: contest, referralCode: CODE, visitorId: 'v1' });
  await ask(stack, 'POST', '/api/referral/track-signup', { contestId: contest, email: 'jörg@example.com', name: 'Jörg "J" 🪁', referralCode: CODE });
  await ask(stack, 'POST', '/api/referral/track-purchase', { contestId: contest, orderId: '#1', amount: 80, email: 'jörg@example.com' });
  const { type, body: all } = await exported(contest, 'json');
  assert.equal(type, 'application/json; charset=utf-8');
  assert.equal(all.contest.id, contest);
  assert.deepEqual(all.entries.map(({ name, points }) => [name, points]).sort(), [['Jane Doe', 90], ['Jörg "J" 🪁', 5]]);
  assert.deepEqual(all.facts.map(({ id }) => id.split('/')[0]).sort(), ['bound', 'joined', 'joined', 'purchased', 'visited']);
  assert.equal(all.facts.find(({ id }) => id.startsWith('purchased/')).payload.o, '#1');
});
