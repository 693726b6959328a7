import type { Context } from './context.ts';
import { invalidField } from './errors.ts';
import type { Field, FieldType } from './objects.ts';
import type { Place } from './places.ts';
import { Day, Id, Instant, text } from './wire.ts';

/** A field that is asked of, and where the filter does so. */
export interface Operand {
  reading: { ctx: Context; place: Place };
  field: Field & { type: FieldType };
  path: readonly string[];
}

const valuesAtMost = 200;

/** What `empty` is asked. Throws 400 for what is neither true nor false. */
export function truth({ reading, path }: Operand, value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw invalidField(reading.place.filter(path), 'invalid_value', 'empty is true or false.');
}

/** Values of a list, which a query string has with commas between them. Throws 400 for what is no value of the field. */
export function valuesOf(operand: Operand, value: unknown): unknown[] {
  const values = typeof value === 'string' ? value.split(',') : value;
  if (!Array.isArray(values) || values.length === 0 || values.length > valuesAtMost) {
    throw invalidField(
      operand.reading.place.filter(operand.path),
      'invalid_value',
      `A list of 1 to ${valuesAtMost} values is wanted here.`,
    );
  }
  return values.map((one) => operandOf(operand, one));
}

const wantedWords: Record<FieldType, string> = {
  text: 'text of at most 1,000 characters',
  number: 'a number such as 42 or 0.5',
  money: 'an amount such as 1200.50',
  boolean: 'true or false',
  instant: 'an ISO 8601 date-time such as 2026-01-31T09:00:00Z, or a day',
  day: 'a day such as 2026-01-31',
  id: 'a UUID',
  user: 'a UUID, or me',
  ids: 'a UUID',
  choices: 'text of at most 1,000 characters',
};

const Words = text(1_000);

/** A value as its SQL type takes it. Throws 400 for what is no value of the field. */
export function operandOf({ reading, field, path }: Operand, value: unknown): unknown {
  const read = readValue(reading.ctx, field.type, value);
  if (read === undefined)
    throw invalidField(reading.place.filter(path), 'invalid_value', `${wantedWords[field.type]} is wanted here.`);
  return field.sqlType === 'text' ? asStored(field.type, read) : read;
}

/** Custom values are compared as the text they are stored as. */
const asStored = (type: FieldType, read: unknown): string =>
  type === 'instant' ? new Date(String(read)).toISOString() : String(read);

/** A value as its SQL type takes it; undefined when it is none. */
function readValue(ctx: Context, type: FieldType, value: unknown): unknown {
  switch (type) {
    case 'text':
    case 'choices':
      return typeof value === 'string' ? Words.safeParse(value).data : undefined;
    case 'number':
    case 'money':
      return readNumber(value);
    case 'boolean':
      return new Map<unknown, boolean>([
        [true, true],
        ['true', true],
        [false, false],
        ['false', false],
      ]).get(value);
    case 'instant':
      return Instant.safeParse(value).data ?? Day.safeParse(value).data;
    case 'day':
      return Day.safeParse(value).data;
    case 'user':
      return value === 'me' ? (ctx.actor.userId ?? nobody) : Id.safeParse(value).data;
    default:
      return Id.safeParse(value).data;
  }
}

/** What `me` is for a caller that is no user. */
const nobody = '00000000-0000-0000-0000-000000000000';

function readNumber(value: unknown): string | undefined {
  const digits = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  return typeof digits === 'string' && /^-?\d{1,20}(\.\d{1,10})?$/.test(digits) ? digits : undefined;
}
