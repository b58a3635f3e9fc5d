// The referral endpoints as one would write them in TypeScript with Hono: the same checks, the same facts, the same answers as
// `edge`. It is here to be measured beside it (`cargo xtask bench edge`), which first asks both the same and compares what they say.

import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import type { Context } from 'hono';
import { entryId, freeCodes, keyed } from './ids';
import { mailbox } from './mailbox';
import { amount, currency, earned, email, filled, masked, pageOf, parseCode, required, telephone, time, token } from './fields';
import { Refused, type Contest, type Owner, type Person, type Points } from './types';

type Bindings = {
  LEDGER: KVNamespace;
  LEDGER_SECRET: string;
  PUBLIC_READS_LIMIT: RateLimit;
  PUBLIC_WRITES_LIMIT: RateLimit;
};
type Env = { Bindings: Bindings };
type Binding = { at: number; code: string };

const MAX_BODY = 16 * 1024;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** The texts that each route reads. */
const VISIT = ['contestId', 'eventId', 'visitorId', 'url', 'referralCode'] as const;
const SIGNUP = ['contestId', 'eventId', 'email', 'name', 'phone', 'referralCode'] as const;
const PURCHASE = ['contestId', 'eventId', 'orderId', 'currency', 'email', 'referralCode'] as const;
const NOTHING: Points = { advocate: 0, friend: 0 };

const app = new Hono<Env>();

app.use('/api/referral/*', cors({ origin: '*', allowMethods: ['GET', 'POST', 'OPTIONS'], allowHeaders: ['Content-Type'], exposeHeaders: ['Retry-After'], maxAge: 86_400 }));
app.use(async (c, next) => {
  await next();
  c.header('Cache-Control', 'no-store');
  c.header('X-Content-Type-Options', 'nosniff');
});
app.post(
  '/api/referral/*',
  bodyLimit({
    maxSize: MAX_BODY,
    onError: () => {
      throw new Refused(413, `Body must be at most ${MAX_BODY} bytes`);
    },
  }),
);

app.onError((error, c) => {
  if (error instanceof Refused) {
    return c.json({ success: false, error: error.message, ...(error.field && { field: error.field }) }, error.status);
  }
  if (error instanceof HTTPException) return c.json({ success: false, error: error.message }, error.status);
  console.error(JSON.stringify({ route: c.req.routePath, outcome: 'unavailable', cause: String(error) }));
  return c.json({ success: false, error: `Temporarily unavailable. Request ${c.req.header('cf-ray') ?? crypto.randomUUID()}` }, 503);
});
app.notFound((c) => c.json({ success: false, error: 'Not found' }, 404));

app.get('/api/referral/validate-code', async (c) => {
  await limit(c, c.env.PUBLIC_READS_LIMIT, c.req.query('contestId'));
  const sent = c.req.query('code') ?? '';
  if (!sent.trim()) throw new Refused(400, 'code is required', 'code');
  const contest = await calledContest(c, c.req.query('contestId'));
  open(contest, Date.now());
  let code: string;
  try {
    code = parseCode(sent);
  } catch {
    return c.json({ valid: false });
  }
  const owners = recent.get(contest.id)!.owners;
  const known = owners.get(code);
  if (known) return c.json(known);
  const told = (answer: object) => {
    if (owners.size >= 100) owners.clear();
    owners.set(code, answer);
    return c.json(answer);
  };
  const owner = await ownerOf(c, contest, code);
  if (!owner) return c.json({ valid: false });
  const exposed = contest.settings.exposeReferrer;
  if (exposed === 'none') return told({ valid: true, contestId: contest.id });
  const person = (await record<Person>(c, `person/${contest.id}/${owner.entry}`)) ?? { email: null, name: null, phone: null };
  const referrerEmail = exposed === 'email' || !person.email ? person.email : masked(person.email);
  return told({ valid: true, contestId: contest.id, referrerEmail, referrerName: person.name });
});

app.post('/api/referral/track-visit', async (c) => {
  const sent = await fields(c, VISIT);
  await limit(c, c.env.PUBLIC_WRITES_LIMIT, sent.contestId);
  const eventId = token('eventId', sent.eventId);
  const visitorId = token('visitorId', sent.visitorId);
  const page = pageOf(filled('url', sent.url, 2_048) ?? '');
  const code = parseCode(required('referralCode', sent.referralCode));
  const contest = await calledContest(c, sent.contestId);
  const now = Date.now();
  open(contest, now);
  const at = time(eventId, now);
  const day = visitorId ? dayOf(at) : 'event';
  const visitor = visitorId ?? eventId ?? hex(crypto.getRandomValues(new Uint8Array(24)));
  const id = `visited/${code}/${day}/${visitor}`;
  const [owner, known] = await Promise.all([ownerOf(c, contest, code), fact(c, contest, id)]);
  if (!owner) throw new Refused(404, 'Referral code not found');
  if (!known) await write(c, contest, id, { t: at, u: page });
  const { windowDays, attribution } = contest.settings;
  return c.json(
    { success: true, data: { visitId: await keyed(c.env.LEDGER_SECRET, 'visit', contest.id, id), alreadyExists: !!known, contest: { windowDays, attribution } } },
    known ? 200 : 201,
  );
});

app.post('/api/referral/track-signup', async (c) => {
  const sent = await fields(c, SIGNUP);
  await limit(c, c.env.PUBLIC_WRITES_LIMIT, sent.contestId);
  const eventId = token('eventId', sent.eventId);
  const address = email(sent.email);
  const name = filled('name', sent.name, 200) ?? null;
  const phone = telephone(sent.phone);
  const given = sent.referralCode?.trim() ? parseCode(sent.referralCode) : undefined;
  const contest = await calledContest(c, sent.contestId);
  const now = Date.now();
  open(contest, now);
  const at = time(eventId, now);
  const entry = await entryId(c.env.LEDGER_SECRET, contest.id, address);
  const [known, advocate, code, box] = await Promise.all([
    knownOf(c, contest, entry),
    given ? ownerOf(c, contest, given) : undefined,
    freeCode(c, contest, entry),
    keyed(c.env.LEDGER_SECRET, 'mailbox', contest.id, mailbox(address)),
  ]);
  if (known.erased) throw new Refused(410, 'This person was erased and is not added again');
  const answer = (code: string, alreadyExists: boolean, isReferred: boolean, pointsAwarded: Points) =>
    c.json({ success: true, data: { entryId: entry, email: address, referralCode: code, alreadyExists, isReferred, pointsAwarded } }, alreadyExists ? 200 : 201);
  if (known.joined) return answer(known.joined.c, true, !!credited(contest, known.bindings, known.joined.t), NOTHING);

  if (given && !advocate) throw new Refused(404, 'Referral code not found');
  const before = credited(contest, known.bindings, at);
  const by = !before && advocate && advocate.entry !== entry ? given : undefined;
  const points = contest.settings.points.signup;
  await Promise.all([
    put(c, `person/${contest.id}/${entry}`, { email: address, name, phone }, true),
    put(c, `code/${contest.id}/${code}`, { entry, erased: false, mailbox: box }),
    by && write(c, contest, `bound/${entry}/${by}/${dayOf(at)}`, { t: at }),
  ]);
  await write(c, contest, `joined/${entry}`, { t: at, c: code, p: [points.advocate, points.friend], ...(by && { b: by }), ...cap(contest) });
  const isReferred = !!before || !!by;
  return answer(code, false, isReferred, isReferred ? points : NOTHING);
});

app.post('/api/referral/track-purchase', async (c) => {
  const sent = await fields(c, PURCHASE);
  await limit(c, c.env.PUBLIC_WRITES_LIMIT, sent.contestId);
  const eventId = token('eventId', sent.eventId);
  const orderId = filled('orderId', required('orderId', sent.orderId), 200)!;
  const coin = currency(sent.currency?.trim() ? sent.currency : 'USD');
  const minor = amount(sent.amount, coin);
  const address = email(sent.email);
  const given = sent.referralCode?.trim() ? parseCode(sent.referralCode) : undefined;
  const contest = await calledContest(c, sent.contestId);
  const now = Date.now();
  const at = time(eventId, now);
  const [purchaseId, buyer] = await Promise.all([
    keyed(c.env.LEDGER_SECRET, 'order', contest.id, orderId),
    entryId(c.env.LEDGER_SECRET, contest.id, address),
  ]);
  const [reports, known, owner] = await Promise.all([
    facts(c, contest, `purchased/${purchaseId}/`),
    knownOf(c, contest, buyer),
    given ? ownerOf(c, contest, given) : undefined,
  ]);
  const answer = (entry: string | null, points: Points, pending: boolean, alreadyExists: boolean, message: string) =>
    c.json(
      { success: true, data: { purchaseId, entryId: entry, pointsAwarded: points, status: pending ? 'pending' : 'confirmed', alreadyExists, message } },
      entry && !alreadyExists ? 201 : 200,
    );
  if (reports.length) {
    const { t, f, w, b } = reports[0]!.payload as { t: number; f: string; w: number; b?: string };
    // A call that was cut off may have written the order alone.
    if (b && f === buyer && !known.erased && !known.bindings.some(({ at, code }) => code === b && dayOf(at) === dayOf(t))) {
      await write(c, contest, `bound/${buyer}/${b}/${dayOf(t)}`, { t });
    }
    return answer(f, NOTHING, !!w, true, 'Purchase was recorded before');
  }
  open(contest, now);
  const nobody = () => answer(null, NOTHING, false, false, 'Nobody referred this buyer: nothing was recorded');
  if (known.erased) return nobody();
  const before = credited(contest, known.bindings, at);
  const settled = !!known.joined || !!before;
  const advocate = settled ? undefined : owner;
  if (!settled && given && !advocate) throw new Refused(404, 'Referral code not found');
  const by = !settled && advocate && advocate.entry !== buyer ? given : undefined;
  const referred = !!before || !!by;
  if (!referred && !known.joined) return nobody();
  const pending = contest.settings.purchaseTrust === 'confirmed';
  // Also where this very call was cut off before.
  const bound = by ?? (before?.at === at ? before.code : undefined);
  const points = earned(contest.settings.points.purchase, minor, coin.decimals);
  await Promise.all([
    by && write(c, contest, `bound/${buyer}/${by}/${dayOf(at)}`, { t: at }),
    write(c, contest, `purchased/${purchaseId}/browser`, {
      t: at, o: orderId, f: buyer, m: minor, c: coin.code, p: [points.advocate, points.friend], w: pending ? 1 : 0, ...(bound && { b: bound }), ...cap(contest),
    }),
  ]);
  const awarded = pending ? NOTHING : referred ? points : { ...points, advocate: 0 };
  return answer(buyer, awarded, pending, false, pending ? 'Purchase recorded; it earns points once it is confirmed' : 'Purchase recorded successfully');
});

for (const [path, method] of [['validate-code', 'GET'], ['track-visit', 'POST'], ['track-signup', 'POST'], ['track-purchase', 'POST']]) {
  app.all(`/api/referral/${path}`, (c) => {
    c.header('Allow', `${method}, OPTIONS`);
    throw new Refused(405, `Method not allowed. Use ${method}`);
  });
}

export default app;

// What the routes stand on.

type Text = (typeof VISIT | typeof SIGNUP | typeof PURCHASE)[number];
type Sent = Partial<Record<Text, string>> & { amount?: unknown };

async function fields(c: Context<Env>, texts: readonly Text[]): Promise<Sent> {
  const type = (c.req.header('content-type') ?? 'application/json').split(';')[0]!.trim().toLowerCase();
  if (type !== 'application/json' && type !== 'text/plain') throw new Refused(415, 'Body must be application/json or text/plain');
  let text: string;
  try {
    text = UTF8.decode(await c.req.arrayBuffer());
  } catch {
    throw new Refused(400, 'Body is not valid UTF-8');
  }
  let sent: Sent;
  try {
    sent = JSON.parse(text);
  } catch (error) {
    throw new Refused(400, `Body is not valid JSON: ${(error as Error).message}`);
  }
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) throw new Refused(400, 'Body must be a JSON object');
  for (const name of texts) {
    if (sent[name] != null && typeof sent[name] !== 'string') throw new Refused(400, `${name}: must be a string`, name);
  }
  return sent;
}

async function limit(c: Context<Env>, limiter: RateLimit, contest: string | undefined) {
  const { success } = await limiter.limit({ key: `${contest?.trim() ?? ''}/${c.req.header('cf-connecting-ip') ?? ''}` });
  if (success) return;
  c.header('Retry-After', '60');
  throw new Refused(429, 'Rate limit exceeded. Please try again later.');
}

// A contest is read once in half a minute, and with it whose a code is, as in `edge`.
const recent = new Map<string, { contest: Contest; read: number; owners: Map<string, object> }>();

async function calledContest(c: Context<Env>, sent: string | undefined): Promise<Contest> {
  const id = required('contestId', sent).trim();
  const now = Date.now();
  let kept = recent.get(id);
  if (!kept || now - kept.read >= 30_000) {
    const contest = /^[\w-]{1,64}$/.test(id) ? await record<Contest>(c, `contest/${id}`) : null;
    if (!contest) throw new Refused(404, 'Contest not found');
    if (recent.size >= 200) recent.clear();
    recent.set(id, (kept = { contest, read: now, owners: new Map() }));
  }
  const { contest } = kept;
  const origin = c.req.header('origin');
  const { allowedOrigins } = contest.settings;
  if (origin && allowedOrigins.length && !allowedOrigins.some((allowed) => allowed.toLowerCase() === origin.toLowerCase())) {
    throw new Refused(403, `This contest takes no calls from pages of ${origin}`);
  }
  return contest;
}

function open(contest: Contest, now: number) {
  const { status, startDate, endDate, isEvergreen } = contest;
  const refuse = (text: string) => {
    throw new Refused(403, text);
  };
  if (status === 'draft' || (status === 'active' && startDate !== null && now < startDate)) refuse('This contest has not started');
  if (status === 'paused') refuse('This contest is paused');
  if (status === 'ended' || (!isEvergreen && endDate !== null && now > endDate)) refuse('This contest has ended');
  if (!contest.settings.referralTracking) refuse('This contest does not track referrals');
}

async function ownerOf(c: Context<Env>, contest: Contest, code: string): Promise<Owner | undefined> {
  const owner = await record<Owner>(c, `code/${contest.id}/${code}`);
  return owner && !owner.erased ? owner : undefined;
}

async function freeCode(c: Context<Env>, contest: Contest, entry: string): Promise<string> {
  for await (const code of freeCodes(entry)) {
    const owner = await record<Owner>(c, `code/${contest.id}/${code}`);
    if (!owner || owner.entry === entry) return code;
  }
  throw new Error('no free code');
}

async function knownOf(c: Context<Env>, contest: Contest, entry: string) {
  const [joined, bound] = await Promise.all([fact(c, contest, `joined/${entry}`), facts(c, contest, `bound/${entry}/`)]);
  const erased = joined ? await fact(c, contest, `state/${entry}/erased/once`) : null;
  const bindings: Binding[] = bound.map(({ id, payload }) => ({ at: payload.t as number, code: id.split('/')[2]! }));
  if (joined?.b) bindings.push({ at: joined.t as number, code: joined.b as string });
  return { joined: joined as { t: number; c: string } | null, bindings, erased: !!erased };
}

const CLOCKS_DIFFER = 86_400_000;

function credited(contest: Contest, bindings: Binding[], at: number): Binding | undefined {
  const { attribution, windowDays } = contest.settings;
  const inside = bindings.filter((binding) => binding.at <= at && at - binding.at <= windowDays * 86_400_000);
  const byCode = (a: Binding, b: Binding) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0);
  const first = (a: Binding, b: Binding) => a.at - b.at || byCode(a, b);
  const last = (a: Binding, b: Binding) => b.at - a.at || byCode(a, b);
  const soon = bindings.filter((binding) => binding.at >= at && binding.at - at <= CLOCKS_DIFFER);
  return inside.toSorted(attribution === 'first' ? first : last)[0] ?? soon.toSorted(first)[0];
}

const cap = ({ settings }: Contest) => (settings.caps.perAdvocatePerDay === null ? {} : { l: settings.caps.perAdvocatePerDay });
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

type Payload = Record<string, unknown>;

const record = <T>(c: Context<Env>, key: string) => again(() => c.env.LEDGER.get<T>(key, 'json'));

async function fact(c: Context<Env>, contest: Contest, id: string): Promise<Payload | null> {
  const { value, metadata } = await again(() => c.env.LEDGER.getWithMetadata<Payload>(`fact/${contest.id}/${id}`));
  return value === null ? null : metadata;
}

async function facts(c: Context<Env>, contest: Contest, prefix: string) {
  const base = `fact/${contest.id}/`;
  const found: { id: string; payload: Payload }[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await again(() => c.env.LEDGER.list<Payload>({ prefix: base + prefix, cursor }));
    found.push(...page.keys.map(({ name, metadata }) => ({ id: name.slice(base.length), payload: metadata ?? {} })));
    if (page.list_complete) return found;
    cursor = page.cursor;
  }
}

const put = (c: Context<Env>, key: string, value: unknown, listed = false) => {
  const text = JSON.stringify(value);
  return again(() => c.env.LEDGER.put(key, text, listed && text.length <= 1_024 ? { metadata: value } : undefined));
};

const write = (c: Context<Env>, contest: Contest, id: string, payload: Payload) =>
  again(() => c.env.LEDGER.put(`fact/${contest.id}/${id}`, '', { metadata: payload }));

/** What KV refuses is tried again, with jitter. */
async function again<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 4) throw error;
      const least = 125 * 2 ** attempt;
      await scheduler.wait(least + Math.random() * least);
    }
  }
}
