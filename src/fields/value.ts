import type { CustomField, CustomType } from '../custom-fields.ts';
import { Day, Email, Id, Instant } from '../wire.ts';

/** A value as it is stored, or why it is none. */
export type Checked = { value: unknown } | { code: string; message: string };

const not = (message: string): Checked => ({ code: 'invalid_value', message });
const kept = (fits: boolean, value: unknown, otherwise: string): Checked => (fits ? { value } : not(otherwise));

/** Characters of the types that may be indexed: an index entry holds 2,700 bytes. */
const textMax = 500;
const urlMax = 2_000;

/**
 * Checks one value that is not empty against its field, and brings it to the form in which it is stored: instants in UTC, addresses of
 * mail in small letters, each choice once. Whether users and records exist is for the database to say.
 */
export const checkValue = (field: CustomField, value: unknown): Checked =>
  checks[field.type](typeof value === 'string' ? value.trim() : value, field);

const short = (max: number, what: string) => (value: unknown) =>
  kept(typeof value === 'string' && value.length <= max, value, `must be ${what} of at most ${max} characters`);

const idOf = (value: unknown, { recordType }: CustomField): Checked => {
  const id = Id.safeParse(value);
  return id.success ? { value: id.data } : not(`must be the id of a ${recordType ?? 'user'}`);
};

const checks: Record<CustomType, (value: unknown, field: CustomField) => Checked> = {
  text: short(textMax, 'text'),
  longText: short(10_000, 'text'),
  phone: short(50, 'a phone number'),
  number: (value) => kept(typeof value === 'number' && Number.isFinite(value), value, 'must be a number such as 12.5'),
  boolean: (value) => kept(typeof value === 'boolean', value, 'must be true or false'),
  date: (value) => kept(Day.safeParse(value).success, value, 'must be a day such as 2026-01-31'),
  datetime: instant,
  select: (value, field) => kept(chosen(field, value), value, `must be one of ${choices(field)}`),
  multiselect: several,
  url,
  email: (value) => {
    const address = Email.safeParse(value);
    return address.success ? { value: address.data.toLowerCase() } : not('must be an e-mail address such as ada@example.com');
  },
  user: idOf,
  record: idOf,
};

function instant(text: unknown): Checked {
  const parsed = Instant.safeParse(text);
  if (!parsed.success) return not('must be an ISO 8601 date-time with an offset, such as 2026-01-31T09:00:00Z');
  return { value: new Date(Date.parse(parsed.data)).toISOString() };
}

function several(value: unknown, field: CustomField): Checked {
  const list = Array.isArray(value) ? [...new Set(value as unknown[])] : undefined;
  if (list?.every((one) => chosen(field, one))) return { value: list };
  return not(`must be a list of some of ${choices(field)}`);
}

function url(text: unknown): Checked {
  const parsed = typeof text === 'string' ? URL.parse(text) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.href.length > urlMax)
    return not(`must be an address that begins with http:// or https://, of at most ${urlMax} characters`);
  return { value: parsed.href };
}

const chosen = (field: CustomField, value: unknown): boolean => field.options.some((option) => option.value === value);

function choices({ options }: CustomField): string {
  const shown = options.slice(0, 20).map((option) => option.value);
  return `${shown.join(', ')}${options.length > shown.length ? ', …' : ''}`;
}

/** The value of a field as another type would store it: texts are read, and anything but a list can be written as text. */
export function convertValue(to: CustomField, value: unknown): Checked {
  return checkValue(to, inShapeOf(to, value));
}

function inShapeOf(to: CustomField, value: unknown): unknown {
  const single = Array.isArray(value) && value.length === 1 && to.type !== 'multiselect' ? (value[0] as unknown) : value;
  switch (to.type) {
    case 'number':
      return typeof single === 'string' && single.trim() !== '' ? Number(single.replaceAll(/[\s']/g, '')) : single;
    case 'boolean':
      return typeof single === 'string' || typeof single === 'number' ? truths.get(String(single).toLowerCase()) : single;
    case 'multiselect':
      return Array.isArray(single) ? single : [String(single)];
    case 'date':
      return typeof single === 'string' ? single.replace(/T.*$/, '') : single;
    case 'datetime':
      return typeof single === 'string' && /^\d{4}-\d\d-\d\d$/.test(single) ? `${single}T00:00:00Z` : single;
    case 'text':
    case 'longText':
      return Array.isArray(single) ? single.join(', ') : String(single);
    default:
      return Array.isArray(single) ? single : String(single);
  }
}

const truths = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
]);
