// Ids that follow from what they name, by the runtime's own cryptography.

const encoder = new TextEncoder();
let imported: { secret: string; key: Promise<CryptoKey> } | undefined;

/** HMAC-SHA-256 over the parts, each with its length before it, cut to 128 bits. */
export async function keyed(secret: string, ...parts: string[]): Promise<string> {
  if (imported?.secret !== secret) {
    const key = crypto.subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    imported = { secret, key };
  }
  const pieces = parts.map((part) => encoder.encode(part));
  const message = new Uint8Array(pieces.reduce((sum, piece) => sum + 8 + piece.length, 0));
  const view = new DataView(message.buffer);
  let at = 0;
  for (const piece of pieces) {
    view.setBigUint64(at, BigInt(piece.length));
    message.set(piece, at + 8);
    at += 8 + piece.length;
  }
  return hex(new Uint8Array(await crypto.subtle.sign('HMAC', await imported.key, message), 0, 16));
}

/** The entry of an address; of which contest it is can be told by its first twelve characters. */
export async function entryId(secret: string, contest: string, email: string): Promise<string> {
  const [tag, person] = await Promise.all([keyed(secret, 'contest', contest), keyed(secret, 'email', contest, email)]);
  return tag.slice(0, 12) + person.slice(12);
}

const ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The codes that an entry may have, the first first. */
export async function* freeCodes(entry: string): AsyncGenerator<string> {
  const text = encoder.encode(`code\0${entry}`);
  for (let attempt = 0; attempt < 16; attempt++) {
    const message = new Uint8Array(text.length + 4);
    message.set(text);
    new DataView(message.buffer).setUint32(text.length, attempt);
    const hash = await crypto.subtle.digest('SHA-256', message);
    let rest = new DataView(hash).getBigUint64(0);
    let code = 'REF-';
    for (let letter = 0; letter < 6; letter++) {
      code += ALPHABET[Number(rest % 30n)];
      rest /= 30n;
    }
    yield code;
  }
}

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16);
  return text;
}
