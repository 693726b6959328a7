import { z } from 'zod';

/**
 * The wire format, shared by server, integrations and web: instants `YYYY-MM-DDTHH:mm:ss.sssZ`, days `YYYY-MM-DD`,
 * money and bigint as strings, camelCase. No Node API here: the browser imports this file.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: Postgres cannot store U+0000, so the door refuses it
const storable = (value: string): boolean => value.isWellFormed() && !/\u0000/.test(value);

/** Of a refinement: the code of its refusal, what would be right, and where that stands within the value. */
export const refusal = (code: string, error: string, ...path: string[]) => ({ error, params: { code }, path });

const unstorable = refusal('unstorable_text', 'must be well-formed Unicode without U+0000');

/** Text of at most `max` characters, trimmed; NUL and lone surrogates are refused, since Postgres cannot store them. */
export const text = (max: number) => z.string().max(max).refine(storable, unstorable).trim();

/** `text` that may not be empty after trimming. */
export const label = (max: number) => text(max).min(1, { error: 'must not be empty' });

/** Text that may be absent: the empty string counts as null, so that a form's empty field clears. */
export const optionalText = (max: number) =>
  text(max)
    .transform((value) => (value === '' ? null : value))
    .nullable();

/** UUID of any version, lower-cased. */
export const Id = z
  .uuid({ error: 'must be a UUID such as 01950000-0000-7000-8000-000000000001' })
  .transform((id) => id.toLowerCase())
  .pipe(z.string())
  .meta({ id: 'Id', description: 'UUID' });

/** Milliseconds of the years 1 to 9999 in UTC, which is all that the wire's format can show. */
const inFourDigits = (time: number): boolean => time >= -62_135_596_800_000 && time <= 253_402_300_799_999;

/** An instant in UTC. In: any ISO 8601 date-time with an offset. Years 1 to 9999. */
export const Instant = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 date-time with an offset, such as 2026-01-31T09:00:00Z' })
  .refine(
    (value) => inFourDigits(Date.parse(value)),
    refusal('year_out_of_range', 'must be an instant of the years 1 to 9999 in UTC'),
  );

/** A calendar day without time or zone. */
export const Day = z.iso
  .date({ error: 'must be a day such as 2026-01-31' })
  .refine((value) => !value.startsWith('0000'), refusal('year_out_of_range', 'must be a day of the years 1 to 9999'));

/** An amount with at most two decimals as a string, within numeric(15,2). A JSON number is taken when it is exact. */
export const Money = z
  .union([z.string(), z.number().transform(String)], { error: 'must be an amount such as "1200.50"' })
  .refine(
    (value) => /^-?\d{1,13}(\.\d{1,2})?$/.test(value),
    refusal('invalid_amount', 'must be an amount such as "1200.50": at most 13 digits before and 2 after the point'),
  )
  .transform((value) => {
    const [whole = '0', cents = ''] = value.split('.');
    return `${whole.replace(/^(-?)0+(?=\d)/, '$1')}.${cents.padEnd(2, '0')}`;
  });

/** An e-mail address as typed, at most 254 characters (RFC 5321). */
export const Email = text(254).refine(
  (value) => /^[^\s@<>(),;:\\"[\]]+@([^\s@<>(),;:\\"[\].]+\.)+[^\s@<>(),;:\\"[\].]+$/u.test(value),
  refusal('invalid_email', 'must be an e-mail address such as ada@example.com'),
);

/** Rows of a page when the caller does not say. */
export const defaultLimit = 50;

/** `?limit=` of a list: 50 unless told, at most 200. */
export const Limit = z.coerce.number().int().min(1).max(200).default(defaultLimit);

/** Query string of a list. Slices add their filters. */
export const PageQuery = z.strictObject({
  limit: Limit,
  cursor: z.string().max(1_000).optional(),
});

/** A filter: field by field an operator with its value, or the value it equals; `and`, `or` and `not` join such objects in a body. */
const Filter = z
  .record(z.string().max(200), z.unknown())
  .meta({ description: 'Fields with a value, or with operators: eq ne lt lte gt gte in nin contains startsWith empty' });

const listing = {
  sort: text(300).optional().meta({
    description:
      'Fields, comma-separated; - before one turns it round. Contacts of one city, state, title, department or lead source come by name, all else that is equal by id',
  }),
  fields: text(2_000).optional().meta({ description: 'Fields to show, comma-separated; all when left out' }),
  include: text(200).optional().meta({ description: 'Related records to show, comma-separated' }),
  count: z.enum(['exact', 'estimate']).optional(),
  q: text(200).optional(),
  filter: Filter.optional(),
};

/** Query string of a list of records: `filter[stage]=proposal&filter[amount][gte]=1000&sort=-updatedAt`. */
export const ListQuery = PageQuery.extend(listing);
export type ListRequest = z.output<typeof ListQuery>;

/** The same as a body: `{ filter: { or: [{ stage: 'proposal' }, { amount: { gte: 1000 } }] } }`. */
export const SearchBody = z.strictObject({
  ...listing,
  limit: z.int().min(1).max(200).default(defaultLimit),
  cursor: z.string().max(1_000).optional(),
});

/** Query string of a single record. */
export const RecordQuery = z.strictObject({ fields: listing.fields, include: listing.include });

/** A record of which the caller may have chosen fields and related records. */
export const chosenOf = <T extends z.ZodRawShape>(record: z.ZodObject<T>) => record.partial().loose();

/** Answer of a list of records. `asOf` is the log's position before the read, on lists that are sorted by id. */
export const listOut = <T extends z.ZodRawShape>(record: z.ZodObject<T>) =>
  z.object({
    data: z.array(chosenOf(record)),
    nextCursor: z.string().nullable(),
    count: z.int().optional(),
    asOf: z.string().optional(),
  });

/** Answer of a list. `nextCursor` is null on the last page. */
export const pageOf = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item), nextCursor: z.string().nullable() });

/** A deleted record that had what a new one took, such as its address. */
export const Restorable = z.object({ id: z.string(), name: z.string(), deletedAt: z.string() }).meta({ id: 'Restorable' });

/** What was done, although something about it may not be as meant: where, what kind, and what would be right. */
export const Warning = z.object({ pointer: z.string(), code: z.string(), message: z.string() }).meta({ id: 'Warning' });
export type Warning = z.output<typeof Warning>;

/** A record's JSON with warnings, when there are any. */
export const withWarnings = (json: string, warnings: readonly Warning[]): string =>
  warnings.length === 0 ? json : `${json.slice(0, -1)},"warnings":${JSON.stringify(warnings)}}`;

/** Route parameters of a single record. */
export const ById = z.strictObject({ id: Id });

/** Error answer of every route (RFC 9457). */
export const ProblemOut = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    requestId: z.string().optional(),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

/** How a column is written on the wire. */
export type WireKind = 'plain' | 'instant' | 'day' | 'text';

/** Columns of a record on the wire: the wire's name, and the SQL expression with its kind. */
export type WireColumns = Readonly<Record<string, readonly [expression: string, kind: WireKind]>>;

/** `addressLine1` -> `address_line1`: a wire name as the column it is. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Columns of a table by their wire names, each `name` or `name:kind`: `columnsOf('deals', 'id name amount:text createdAt:instant')`. */
export function columnsOf(table: string, names: string): WireColumns {
  const entries = names.split(/\s+/).map((entry): [string, readonly [string, WireKind]] => {
    const [name = '', kind = 'plain'] = entry.split(':');
    return [name, [`${table}.${snakeCase(name)}`, kind as WireKind]]; // kinds are written in the code, and jsonOf treats an unknown one as plain
  });
  return Object.fromEntries(entries);
}

/**
 * The one function that writes records as JSON: SQL for a `json` object of the given columns, in their order. `instant` in UTC with
 * milliseconds (sessions run in UTC), `day` as a date, `text` for money and bigint, `plain` for what JSON has by itself.
 */
export function jsonOf(columns: WireColumns, fields: readonly string[] = Object.keys(columns)): string {
  // Twice as fast as json_build_object over the same columns.
  return `row_to_json((select r from (select ${selectList(columns, fields)}) r))`;
}

/** The columns of such an object, as they stand in a select. */
export function selectList(columns: WireColumns, fields: readonly string[] = Object.keys(columns)): string {
  return fields
    .map((name) => {
      const column = columns[name];
      if (column === undefined) throw new Error(`No wire column ${name}`);
      return `${wireOf(...column)} as "${name}"`;
    })
    .join(', ');
}

/** SQL of an instant as the wire has it. */
export const instantOf = (expression: string): string => `to_char(${expression}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

function wireOf(expression: string, kind: WireKind): string {
  switch (kind) {
    case 'instant':
      return instantOf(expression);
    case 'day':
      return `to_char(${expression}, 'YYYY-MM-DD')`;
    case 'text':
      return `(${expression})::text`;
    default:
      return expression;
  }
}
