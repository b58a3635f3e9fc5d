// What the Worker asks of its platform, each thing in one call: a library for Rust would make many out of one, and bring along
// all that may be asked.

/** What a key holds: its metadata as JSON, a line break, its value; nothing where it is not there. */
export const kvGet = async (kv, name) => {
  const { value, metadata } = await kv.getWithMetadata(name);
  return value === null ? undefined : `${JSON.stringify(metadata)}\n${value}`;
};

/** Metadata is JSON. */
export const kvPut = async (kv, name, value, metadata, expirationTtl) =>
  kv.put(name, value, { metadata: metadata && JSON.parse(metadata), expirationTtl });

export const kvDelete = async (kv, name) => kv.delete(name);

/** A page as JSON: where the list goes on, names and metadata. */
export const kvList = async (kv, prefix, from) => {
  const { keys, list_complete, cursor } = await kv.list({ prefix, cursor: from });
  return JSON.stringify([list_complete ? null : cursor, keys.map(({ name, metadata }) => [name, metadata])]);
};

/** Whether a limiter lets one more through. */
export const take = async (limiter, key) => (await limiter.limit({ key })).success;

/** Puts texts into a queue. */
export const send = async (queue, texts, delaySeconds) =>
  queue.sendBatch(texts.map((body) => ({ body, contentType: "text" })), { delaySeconds });

/** A body, but no more of it than `most` bytes and a chunk: enough to tell that it is too large. */
export const readBody = async ({ body }, most) => {
  const chunks = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > most) break;
  }
  return chunks.length === 1 ? chunks[0] : new Uint8Array(await new Blob(chunks).arrayBuffer());
};
