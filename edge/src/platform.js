// What the Worker asks of its platform, each thing in one call: a library for Rust would make many out of one, and bring along
// all that may be asked.

// Texts come out of WebAssembly by a decoder. For short ones, as keys and answers are, it is quicker to do it here, and for every second
// request the runtime's has another thread woken.
const SHORT = 512;
globalThis.TextDecoder = class extends TextDecoder {
  decode(bytes, options) {
    if (!bytes || options || bytes.length > SHORT) return super.decode(bytes, options);
    for (let i = 0; i < bytes.length; i += 1) if (bytes[i] > 0x7f) return super.decode(bytes);
    return String.fromCharCode.apply(null, bytes);
  }
};

// Who hears what comes of all that is asked, by the number that it is asked with. An instance that begins anew hears by itself.
let hears;

export const tell = (hear) => void (hears = hear);

const asked = (number, ask, read = (value) => value) => {
  const hear = hears;
  const fail = (fault) => hear(number, fault, false);
  let promise;
  try {
    promise = ask();
  } catch (fault) {
    promise = Promise.reject(fault);
  }
  promise.then((value) => {
    let told;
    try {
      told = read(value);
    } catch (fault) {
      return fail(fault);
    }
    hear(number, told, true);
  }, fail);
};

const promises = [];

/** A promise of a number. */
export const promise = (number) => new Promise((...settle) => void (promises[number] = settle));

/** What it comes to: what it gives, or why it gives nothing. */
export const settle = (number, outcome, isKept) => {
  const [keep, fail] = promises[number];
  promises[number] = undefined;
  (isKept ? keep : fail)(outcome);
};

/** Tells after so many milliseconds. */
export const pause = (number, ms) => asked(number, () => scheduler.wait(ms));

/** What a key holds: its metadata as JSON, a line break, its value; nothing where it is not there. */
export const kvGet = (number, kv, name) => asked(number, () => kv.getWithMetadata(name), ({ value, metadata }) =>
  value === null ? undefined : `${JSON.stringify(metadata)}\n${value}`);

/** Its value alone. */
export const kvValue = (number, kv, name) => asked(number, () => kv.get(name));

/** Metadata is JSON. What is no value is an empty one, as facts have. */
export const kvPut = (number, kv, name, value, metadata, expirationTtl) =>
  asked(number, () => kv.put(name, value ?? "", { metadata: metadata && JSON.parse(metadata), expirationTtl }));

export const kvDelete = (number, kv, name) => asked(number, () => kv.delete(name));

/** A page as JSON: where the list goes on, names and metadata; nothing where nothing is there, as of nearly every new order. */
export const kvList = (number, kv, prefix, from) => asked(number, () => kv.list({ prefix, cursor: from }), ({ keys, list_complete, cursor }) =>
  list_complete && keys.length === 0 ? undefined : JSON.stringify([list_complete ? null : cursor, keys.map(({ name, metadata }) => [name, metadata])]));

/** All of what keys hold, as JSON: where the list goes on, and of each name, value, metadata, and until when in milliseconds. */
export const kvPart = (number, kv, prefix, from, limit) => asked(number, async () => {
  const { keys, list_complete, cursor } = await kv.list({ prefix, cursor: from, limit });
  const entries = await Promise.all(keys.map(async ({ name, metadata, expiration }) =>
    [name, /^(fact|snapshot|tail)\//.test(name) ? "" : await kv.get(name), metadata ?? null, expiration ? expiration * 1_000 : null]));
  return JSON.stringify([list_complete ? null : cursor, entries.filter(([, value]) => value !== null)]);
});

/** Writes them. Who was erased meanwhile is not left behind in what was brought before. */
export const kvBring = (number, kv, entries, onlyMissing) => asked(number, async () => {
  const now = Date.now();
  await Promise.all(JSON.parse(entries).map(async ([name, value, metadata, expires]) => {
    if (expires !== null && expires <= now) return;
    if (onlyMissing && !name.startsWith("fact/") && (await kv.get(name)) !== null) return;
    const expiration = expires === null ? undefined : Math.ceil(Math.max(expires, now + 61_000) / 1_000);
    await kv.put(name, value, { metadata: metadata ?? undefined, expiration });
    const [, contest, entry] = name.match(/^fact\/([^/]+)\/state\/([^/]+)\/erased\//) ?? [];
    if (!entry) return;
    const { keys } = await kv.list({ prefix: `reason/${contest}/${entry}/` });
    await Promise.all([`person/${contest}/${entry}`, ...keys.map((key) => key.name)].map((key) => kv.delete(key)));
  }));
});

/** What an object answers; its faults are thrown with what it says of them. */
export const ask = (number, objects, name, question) => asked(number, async () => {
  const answer = await objects.getByName(name).fetch("https://object/", { method: "POST", body: question });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
});

/** Inside an object: answers what was asked. */
export const answer = async (request, respond) => {
  try {
    return new Response(respond(await request.text()));
  } catch (fault) {
    return new Response(String(fault?.message ?? fault), { status: 500 });
  }
};

/** All rows that a statement gives, as JSON. */
export const rows = ({ sql }, statement, values) => JSON.stringify(sql.exec(statement, ...JSON.parse(values)).raw().toArray());

/** All of what is done or, where that says why it failed, nothing. */
export const whole = (storage, act) =>
  storage.transactionSync(() => {
    const fault = act();
    if (fault !== undefined) throw new Error(fault);
  });

/** What is bound to names, as JSON: texts, and of all else that it is there. */
export const bound = (env) =>
  JSON.stringify(Object.fromEntries(Object.entries(env).map(([name, value]) => [name, typeof value === "string" ? value : true])));

const found = (env, name) => {
  if (!env[name]) throw new Error("it is not bound");
  return env[name];
};

/** Whether a limiter lets one more through. */
export const take = (number, env, name, key) => asked(number, () => found(env, name).limit({ key }), ({ success }) => success);

/** Puts texts into a queue. */
export const send = (number, env, name, texts, delaySeconds) =>
  asked(number, () => found(env, name).sendBatch(texts.map((body) => ({ body, contentType: "text" })), { delaySeconds }));

/** The text of one of the deployment's own files, by its path. The host does not matter. */
export const readFile = (number, { ASSETS }, path) => asked(number, async () => {
  const response = await ASSETS.fetch(`https://files${path}`);
  if (!response.ok) throw `status ${response.status}`;
  return response.text();
});

/** Posts a body, follows nowhere, and tells the status of the answer; its headers are JSON. */
export const post = (number, url, headers, body, millis) => asked(number, async () => {
  const signal = AbortSignal.timeout(millis);
  const response = await fetch(url, { method: "POST", headers: JSON.parse(headers), body, redirect: "manual", signal });
  // A body that nobody reads would hold one of the six connections that a Worker may have at a time.
  await response.body?.cancel().catch(() => {});
  return response.status;
});

// What `call` reads of a request's headers. Each is looked up: there are twenty and more in a request that comes through Cloudflare.
// What shoppers ask, under /api/referral/, needs no key, speaks no language and is no webhook: they come most often, and wait.
const ASKED = ["cf-connecting-ip", "cf-ray", "origin"];
const TOLD = [...ASKED, "content-type", "user-agent"];
const OF_SHOPPERS = { GET: ASKED, POST: TOLD };
const HEADERS = [
  ...TOLD, "accept-language", "x-api-key", "authorization",
  "x-webhook-secret", "stripe-signature", "x-shopify-hmac-sha256", "x-shopify-topic",
];

/** Of a request, in lines: its method, its address, and the name and the value of each of those headers that it has. None of them can hold a line break. */
export const head = ({ method, url, headers }) => {
  let lines = `${method}\n${url}`;
  // The first slash behind the scheme's.
  const isOfShoppers = url.startsWith("/api/referral/", url.indexOf("/", "https://".length));
  for (const name of (isOfShoppers && OF_SHOPPERS[method]) || HEADERS) {
    const value = headers.get(name);
    if (value !== null) lines += `\n${name} ${value}`;
  }
  return lines;
};

/** A body, where there is one, but no more of it than `most` bytes and a chunk: enough to tell that it is too large. */
export const readBody = (number, request, most) => {
  const length = Number(request.headers.get("content-length") ?? NaN);
  asked(number, () => (length <= most ? request.bytes() : readChunks(request.body, most)));
};

/** That body, for WebAssembly's own memory: in one call, where a library makes four. */
export const bytes = (body) => body;

const readChunks = async (body, most) => {
  if (!body) return new Uint8Array();
  const chunks = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > most) break;
  }
  return chunks.length === 1 ? chunks[0] : new Uint8Array(await new Blob(chunks).arrayBuffer());
};

/** The mark of a Worker's ledger, where that hands a request on. */
const MARK = "x-ledger-mark";

/** What the Worker behind this one answers. */
export const forward = (number, env, request, mark) => asked(number, () => {
  const sent = new Request(request);
  sent.headers.set(MARK, mark);
  return found(env, "BACK").fetch(sent);
});

export const markOf = (request) => request.headers.get(MARK) ?? "";

/** A response without a body; its status and headers are JSON. */
export const begin = (head) => new Response(null, JSON.parse(head));

/** The same with a body. */
export const respond = (begun, body) => new Response(body, begun);
