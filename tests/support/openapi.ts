import fc from 'fast-check';
import type { App } from '../../src/app.ts';

/** Reads operations out of the app's own OpenAPI document, and makes bodies from their schemas. */

/** The part of JSON Schema (2020-12) that the document uses. */
export interface Schema {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  format?: string;
  pattern?: string;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

/** One route as the document tells it, its references resolved. */
export interface Operation {
  name: string;
  method: string;
  path: string;
  parameters: Parameter[];
  body: Schema | undefined;
  /** The statuses it may answer with. */
  statuses: ReadonlySet<string>;
  /** Needs a session or a key. */
  guarded: boolean;
}

interface Document {
  paths: Record<
    string,
    Record<string, { parameters?: Parameter[]; requestBody?: { content: Record<string, { schema: Schema }> }; responses: object }>
  >;
  components: { schemas: Record<string, Schema> };
}

/** Every operation of the document. `open` names the routes that anybody may call. */
export function operationsOf(app: App, open: ReadonlySet<string>): Operation[] {
  const { paths, components } = app.swagger() as unknown as Document; // its shape is checked by the guard test of the routes
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const schema = requestBody?.content['application/json']?.schema;
      return {
        name,
        method: method.toUpperCase(),
        path,
        parameters: parameters.map((one) => ({ ...one, schema: resolved(one.schema, components.schemas) })),
        body: schema === undefined ? undefined : resolved(schema, components.schemas),
        statuses: new Set(Object.keys(responses)),
        guarded: !open.has(name),
      };
    }),
  );
}

function resolved(schema: Schema, known: Record<string, Schema>, depth = 0): Schema {
  if (depth > 12) return {};
  const name = schema.$ref?.split('/').at(-1);
  if (name !== undefined) return resolved(known[name] ?? {}, known, depth + 1);
  const all = (list: Schema[] | undefined) => list?.map((one) => resolved(one, known, depth + 1));
  const copy: Schema = { ...schema };
  for (const key of ['anyOf', 'oneOf', 'allOf'] as const) if (schema[key]) copy[key] = all(schema[key]) ?? [];
  if (schema.items) copy.items = resolved(schema.items, known, depth + 1);
  if (typeof schema.additionalProperties === 'object')
    copy.additionalProperties = resolved(schema.additionalProperties, known, depth + 1);
  if (schema.properties) {
    copy.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([key, inner]) => [key, resolved(inner, known, depth + 1)]),
    );
  }
  return copy;
}

/** The path with a value for each of its parameters. */
export const fill = (path: string, value: string): string => path.replaceAll(/\{\w+\}/g, () => value);

/** A body that a schema takes: its required properties, each as plain as may be. */
export function exampleOf(schema: Schema, name = ''): unknown {
  const choice = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (choice !== undefined) return exampleOf(choice, name);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  switch (schema.type) {
    case 'object': {
      const required = (schema.required ?? []).filter((name) => schema.properties?.[name] !== undefined);
      return Object.fromEntries(required.map((key) => [key, exampleOf(schema.properties?.[key] ?? {}, key)]));
    }
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => exampleOf(schema.items ?? {}, name));
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return exampleText(schema, name);
  }
}

const examples: Record<string, string> = {
  uuid: '0190a0a0-0000-7000-8000-000000000001',
  'date-time': '2026-01-31T09:00:00Z',
  date: '2026-01-31',
  email: 'ada@example.com',
  uri: 'https://example.com/',
};

function exampleText({ format, minLength = 1 }: Schema, name: string): string {
  return examples[format ?? name] ?? 'x'.repeat(Math.max(1, minLength));
}

/** Texts that trip careless code: NUL, lone surrogates, other alphabets, wild dates, SQL. */
export const oddTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udfff',
  '\u202e\ufeff\u200b',
  '💥'.repeat(50),
  "'; drop table contacts; --",
  '%_\\',
  '{{x}}',
  '-Infinity',
  'NaN',
  '1e999',
  '0000-00-00',
  '2026-02-30',
  '10000-01-01',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59-23:59',
  '0001-01-01T00:00:00+23:59',
  '+275760-09-13T00:00:00Z',
  '2026-01-01T25:00:00Z',
  '99999999999999999999.99',
  '-0',
  'x'.repeat(200_000),
];

/** Bodies that mostly fit a schema: each part now and then odd, absent, or of another kind. */
export function bodiesOf(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 9, arbitrary: fitting(schema) }, { weight: 1, arbitrary: anything });
}

const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...oddTexts),
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e21, -1e308, 2 ** 31, 2 ** 53, [], {}, [[]], [null], { x: { y: 1 } }),
  fc.jsonValue({ maxDepth: 3 }),
);

function fitting(schema: Schema): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(fitting));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return objects(schema);
    case 'array':
      return fc.array(bodiesOf(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      });
    case 'integer':
      return fc.integer({
        min: Math.max(schema.minimum ?? -(2 ** 31), -(2 ** 53)),
        max: Math.min(schema.maximum ?? 2 ** 31, 2 ** 53),
      });
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return texts(schema);
    default:
      return anything;
  }
}

function texts({ format, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (format === 'uuid') return fc.uuid();
  const example = examples[format ?? ''];
  if (example !== undefined) return fc.constant(example);
  return fc.string({ unit: 'binary', minLength, maxLength: Math.max(minLength, Math.min(maxLength, 60)) });
}

function objects({ properties = {}, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> {
  const parts = Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, bodiesOf(inner)]));
  const known = fc.record(parts, { requiredKeys: required.filter((name) => name in parts) });
  if (typeof additionalProperties !== 'object') return known;
  return fc.dictionary(fc.string({ unit: 'binary', maxLength: 20 }), bodiesOf(additionalProperties), { maxKeys: 5 });
}
