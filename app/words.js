// Numbers, money and times as the reader's browser writes them.

const number = new Intl.NumberFormat();
const share = new Intl.NumberFormat([], { style: 'percent', maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat([], { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat([], { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat([], { dateStyle: 'medium', timeZone: 'UTC' });

export const count = (value) => number.format(value);
export const many = (value, one, more = `${one}s`) => `${number.format(value)} ${value === 1 ? one : more}`;
export const signed = (points) => (points > 0 ? `+${number.format(points)}` : number.format(points));
export const percent = (part, whole) => (whole > 0 ? share.format(part / whole) : '–');
export const time = (text) => moment.format(new Date(text));
export const clockTime = (date) => clock.format(date);
/** Of a day in UTC, which is the same day everywhere. */
export const date = (text) => day.format(new Date(text));

/** One for each currency: to make one takes longer than all that it writes. */
const sums = new Map();

export function money(amount, currency) {
  try {
    if (!sums.has(currency)) sums.set(currency, new Intl.NumberFormat([], { style: 'currency', currency }));
    return sums.get(currency).format(amount);
  } catch {
    return `${number.format(amount)} ${currency}`; // No browser has to know every currency.
  }
}

export const STATUS = { draft: 'Draft', upcoming: 'Not begun', active: 'Running', paused: 'Paused', ended: 'Ended' };
