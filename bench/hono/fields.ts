// What was sent, checked.

import { Refused, type Points, type PurchaseRates } from './types';

/** Of the currencies that have not two, by ISO 4217; `Intl` tells how many are usual. */
const DECIMALS = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
] as const;

const CURRENCIES = currencies();

export function required(field: string, value: string | null | undefined): string {
  if (!value?.trim()) throw new Refused(400, `${field} is required`, field);
  return value;
}

/** A form's field that nobody filled in says as little as one that is not there. */
export function filled(field: string, value: string | null | undefined, most: number): string | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  if (text.length > most && [...text].length > most) throw new Refused(400, `${field} must be at most ${most} characters`, field);
  if (/\p{Cc}/u.test(text)) throw new Refused(400, `${field} must not hold control characters`, field);
  return text;
}

export function telephone(sent: string | undefined): string | null {
  const number = filled('phone', sent, 40) ?? null;
  if (number && number.replace(/[^0-9]/g, '').length < 5) throw new Refused(400, 'phone is not a telephone number', 'phone');
  return number;
}

export function token(field: string, value: string | null | undefined): string | undefined {
  if (value == null) return undefined;
  if (!/^[\w-]{1,64}$/.test(value)) throw new Refused(400, `${field} must be 1 to 64 letters, digits, '-' and '_'`, field);
  return value;
}

export function parseCode(sent: string): string {
  const code = sent.trim();
  if (code.length > 64) throw new Refused(400, 'referralCode must be at most 64 characters', 'referralCode');
  if (!/^[\w-]+$/.test(code)) throw new Refused(400, "referralCode may hold letters, digits, '-' and '_' only", 'referralCode');
  return code.toUpperCase();
}

const LOCAL = /^[^\s\p{Cc}<>(),;:"\\@]{1,64}$/u;
const LABEL = /^(?!-)[A-Za-z0-9\u0080-\u{10ffff}-]{1,63}(?<!-)$/u;

export function email(sent: string | undefined): string {
  const address = required('email', sent).trim().toLowerCase();
  if (new TextEncoder().encode(address).length > 254) throw new Refused(400, 'email must be at most 254 characters', 'email');
  const at = address.lastIndexOf('@');
  const labels = address.slice(at + 1).split('.');
  if (at < 1 || !LOCAL.test(address.slice(0, at)) || labels.length < 2 || !labels.every((label) => LABEL.test(label))) {
    throw new Refused(400, 'email is not a valid e-mail address', 'email');
  }
  return address;
}

export const masked = (address: string) => `${[...address][0]}***@${address.slice(address.lastIndexOf('@') + 1)}`;

/** Origin and path of a web address, at most 512 bytes. */
export function pageOf(url: string): string {
  const page = url.split(/[?#"\\]/, 1)[0]!;
  const host = /^https?:\/\/([^/]*)/.exec(page)?.[1];
  if (!host || host.includes('@')) return '';
  const bytes = new TextEncoder().encode(page);
  return bytes.length <= 512 ? page : new TextDecoder('utf-8').decode(bytes.subarray(0, 512)).replace(/\ufffd+$/, '');
}

/** The time of an event whose id is a UUID of version 7; one that cannot be is now. */
export function time(eventId: string | undefined, now: number): number {
  const found = eventId && /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i.exec(eventId);
  const at = found ? parseInt(found[1]! + found[2]!, 16) : now;
  return at <= now + 300_000 && at >= now - 30 * 86_400_000 ? at : now;
}

export type Coin = { code: string; decimals: number };

export function currency(sent: string): Coin {
  const code = sent.trim().toUpperCase();
  const decimals = CURRENCIES.get(code);
  if (decimals === undefined) throw new Refused(400, 'currency must be an ISO 4217 code such as USD', 'currency');
  return { code, decimals };
}

/** In minor units; binary noise is rounded away. */
export function amount(sent: unknown, { decimals }: Coin): number {
  const refuse = (text: string) => new Refused(400, text, 'amount');
  if (sent == null) throw refuse('amount is required');
  if (typeof sent !== 'number') throw refuse('amount must be a number');
  if (sent <= 0) throw refuse('amount must be greater than 0');
  if (sent > 1e9) throw refuse('amount must be at most 1000000000');
  const exact = sent * 10 ** decimals;
  const minor = Math.round(exact);
  if (minor === 0 || Math.abs(exact - minor) > 1e-6) throw refuse('amount has more decimals than its currency');
  return minor;
}

export function earned(rates: PurchaseRates, minor: number, decimals: number): Points {
  const major = minor / 10 ** decimals;
  if (major < rates.minAmount) return { advocate: 0, friend: 0 };
  const per = (rate: number) => Math.floor(major * rate + 0.5 + 1e-9);
  return { advocate: rates.advocate + per(rates.perUnit.advocate), friend: rates.friend + per(rates.perUnit.friend) };
}

function currencies(): Map<string, number> {
  const known = new Map(Intl.supportedValuesOf('currency').map((code) => [code, 2]));
  for (const [decimals, codes] of DECIMALS) for (const code of codes.split(' ')) known.set(code, decimals);
  return known;
}
