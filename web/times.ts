/** Times in the viewer's own zone and language. */
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const brief = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

/** An instant as day and time. */
export const momentOf = (instant: string): string => moment.format(new Date(instant));
/** An instant's time of day. */
export const clockOf = (instant: string): string => clock.format(new Date(instant));
/** A day such as `2026-01-31`, or an instant's day. */
export const dayOf = (value: string): string => day.format(new Date(value.length === 10 ? `${value}T12:00:00` : value));

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** How long ago or ahead an instant is, such as `3 days ago`. */
export const agoOf = (instant: string): string => fromNow(instant, relative);
/** The same in a narrow place, such as `3 mo ago`. */
export const brieflyAgoOf = (instant: string): string => fromNow(instant, brief);

function fromNow(instant: string, format: Intl.RelativeTimeFormat): string {
  const seconds = (Date.parse(instant) - Date.now()) / 1_000;
  const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? ['minute', 60];
  return format.format(Math.round(seconds / size), unit);
}

/** The start of the day that is `days` from today, in the viewer's zone. */
export function startOfDay(days = 0): Date {
  const date = new Date();
  date.setHours(0, 0, 0, 0);
  date.setDate(date.getDate() + days);
  return date;
}

/** The instant at which a day such as `2026-01-31` begins in the viewer's zone. */
export const startOf = (date: string): string => new Date(`${date}T00:00:00`).toISOString();

/** The instant at which a day is over here. */
export function endOf(date: string): string {
  const end = new Date(`${date}T00:00:00`);
  end.setDate(end.getDate() + 1);
  return end.toISOString();
}

/** The viewer's day of an instant, as `2026-01-31`; a day stays what it is. */
export function localDayOf(value: string | null): string | null {
  if (value === null || value.length === 10) return value;
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return null;
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

/** An amount such as `1200.50` in a currency. */
export function moneyOf(amount: string | number, currency: string): string {
  try {
    const digits = Number(amount) % 1 === 0 ? 0 : 2;
    return new Intl.NumberFormat(undefined, {
      style: 'currency',
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: 2,
    }).format(Number(amount));
  } catch {
    return `${amount} ${currency}`; // not a currency that this browser knows
  }
}
