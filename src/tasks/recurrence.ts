import { RRuleTemporal } from 'rrule-temporal';
import { invalidField } from '../errors.ts';

/** A rule with where its series began, read in a time zone: its wall time stays over changes of the clock. */
export interface Series {
  rule: string;
  start: Date;
  zone: string;
}

const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
const parts: Readonly<Record<string, RegExp>> = {
  FREQ: /^\w+$/,
  INTERVAL: /^[1-9]\d?$/,
  COUNT: /^[1-9]\d{0,2}$/,
  UNTIL: /^2[01]\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(T\d{6}Z)?$/,
  BYDAY: /^[+-]?\d{0,2}(MO|TU|WE|TH|FR|SA|SU)(,[+-]?\d{0,2}(MO|TU|WE|TH|FR|SA|SU))*$/,
  BYMONTHDAY: /^-?([1-9]|[12]\d|3[01])(,-?([1-9]|[12]\d|3[01]))*$/,
  BYMONTH: /^([1-9]|1[0-2])(,([1-9]|1[0-2]))*$/,
  BYYEARDAY: /^-?[1-9]\d{0,2}(,-?[1-9]\d{0,2})*$/,
  BYWEEKNO: /^-?[1-9]\d?(,-?[1-9]\d?)*$/,
  BYSETPOS: /^-?[1-9]\d{0,2}(,-?[1-9]\d{0,2})*$/,
  WKST: /^(MO|TU|WE|TH|FR|SA|SU)$/,
};

/**
 * A recurrence as it is kept: RFC 5545, section 3.3.10, in capitals, by days or longer; an UNTIL that is a day counts as its end in UTC.
 * Throws 400 `invalid_recurrence` that says what would be right.
 */
export function readRule(text: string): string {
  const given = text
    .toUpperCase()
    .replace(/^RRULE:/, '')
    .replace(/;$/, '')
    .split(';');
  const seen = new Set<string>();
  for (const part of given) {
    const [name = '', value = '', ...more] = part.split('=');
    const form = Object.hasOwn(parts, name) ? parts[name] : undefined;
    if (form === undefined) throw refused(`it may have the parts ${Object.keys(parts).join(', ')}, not ${name.slice(0, 20)}`);
    if (seen.has(name)) throw refused(`${name} may stand in it once`);
    if (more.length > 0 || !form.test(value)) throw refused(`${name} has a value that it cannot have`);
    if (name === 'FREQ' && !frequencies.includes(value)) throw refused(`FREQ is one of ${frequencies.join(', ')}`);
    seen.add(name);
  }
  return given.map((part) => part.replace(/^(UNTIL=\d{8})$/, '$1T235959Z')).join(';');
}

const refused = (why: string) =>
  invalidField('/recurrence', 'invalid_recurrence', `recurrence is a rule such as FREQ=WEEKLY;BYDAY=MO (RFC 5545): ${why}.`);

/** Years between which series are followed: beyond them a rule would be walked for seconds. */
const [firstYear, lastYear] = [2000, 2200];

/** The first occurrence after an instant; null when the series is over. Throws 400 for a rule that cannot be, such as a 30th of February. */
export function nextOccurrence({ rule, start, zone }: Series, after: Date): Date | null {
  const outside = [start, after].some((at) => at.getUTCFullYear() < firstYear || at.getUTCFullYear() > lastYear);
  if (outside) throw refused(`it is for due dates of the years ${firstYear} to ${lastYear}`);
  try {
    const dtstart = { timeZoneId: zone, toString: () => `${start.toISOString()}[${zone}]` };
    const series = new RRuleTemporal({ rruleString: `RRULE:${rule}`, dtstart, tzid: zone, strict: true, maxIterations: 2_000 });
    const next = series.next(after);
    return next === null || next.year > lastYear ? null : new Date(next.epochMilliseconds);
  } catch (error) {
    throw refused(error instanceof Error && !/iterations/.test(error.message) ? error.message.toLowerCase() : 'no day fits it');
  }
}
