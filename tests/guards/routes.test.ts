import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { RouteOptions } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { App } from '../../src/app.ts';
import { buildAppAlone } from '../support/app.ts';

const golden = resolve(import.meta.dirname, '../../docs/openapi.json');
const routes: RouteOptions[] = [];
let app: App;
beforeAll(async () => {
  app = await buildAppAlone((fresh) => fresh.addHook('onRoute', (route) => void routes.push(route)));
  await app.ready();
});
afterAll(() => app.close());

const nameOf = (route: RouteOptions): string => `${String(route.method)} ${route.url}`;
/** Routes that somebody has written: not the HEAD beside each GET, not the files of the page and the documentation. */
const written = (): RouteOptions[] =>
  routes.filter((route) => route.config?.permission !== undefined && !['HEAD', 'OPTIONS'].includes(String(route.method)));
const documented = (): RouteOptions[] =>
  written().filter((route) => (route.schema as { hide?: boolean } | undefined)?.hide !== true);

it('has a permission on every route', () => {
  const bare = routes.filter((route) => route.config?.permission === undefined && !/^\/(docs|assets|\*)/.test(route.url));
  expect(bare.filter((route) => route.method !== 'HEAD' && route.method !== 'OPTIONS').map(nameOf)).toEqual([]);
  expect(written().length).toBeGreaterThan(30);
});

it('does not start with a route that declares no permission', async () => {
  const careless = await buildAppAlone();
  expect(() => careless.get('/api/v1/careless', () => 'open to all')).toThrow('GET /api/v1/careless declares no permission');
  await careless.close();
});

it('has a summary and a response schema on every route', () => {
  const without = (what: (schema: { summary?: string; response?: object }) => unknown) =>
    documented()
      .filter((route) => !what((route.schema ?? {}) as { summary?: string; response?: object }))
      .map(nameOf);
  expect(without((schema) => schema.summary)).toEqual([]);
  expect(without((schema) => Object.keys(schema.response ?? {}).some((status) => /^[123]/.test(status)))).toEqual([]);
});

it('takes no property in a body or a query that its schema does not name', () => {
  const lax = documented().flatMap((route) => {
    const { body, querystring } = (route.schema ?? {}) as { body?: z.ZodType; querystring?: z.ZodType };
    return [body, querystring].some((schema) => schema instanceof z.ZodObject && !isStrict(schema)) ? [nameOf(route)] : [];
  });
  expect(lax).toEqual([]);
});

const isStrict = (schema: z.ZodObject): boolean =>
  schema.safeParse({ noSuchProperty: 1 }).error?.issues.some((issue) => issue.code === 'unrecognized_keys') ?? false;

it('has a code for every refusal of a request that a rule of ours makes', () => {
  const nameless = new Set<string>();
  for (const route of written()) {
    const { body, querystring, params, headers } = (route.schema ?? {}) as Record<string, unknown>;
    for (const schema of [body, querystring, params, headers]) if (hasNamelessRule(schema)) nameless.add(nameOf(route));
  }
  expect([...nameless]).toEqual([]);
  expect(hasNamelessRule(z.object({ a: z.array(z.string().refine(() => false)) }))).toBe(true);
});

/** Whether a schema, or one within it, has a refinement that does not say what its refusal's code is. */
function hasNamelessRule(schema: unknown, seen = new Set<unknown>()): boolean {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return false;
  seen.add(schema);
  const { _zod: inner } = schema as { _zod?: { def: { check?: string; params?: { code?: string } } } };
  if (inner?.def.check === 'custom' && typeof inner.def.params?.code !== 'string') return true;
  return Object.values(inner?.def ?? schema).some((one) => hasNamelessRule(one, seen));
}

interface Operation {
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[];
  requestBody?: { content: Record<string, { schema?: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: object }> }>;
}
interface Document {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
}

const document = (): Document => app.swagger() as unknown as Document; // checked by the test below

it('gives an OpenAPI 3.1 document in which every operation is whole and every reference leads somewhere', () => {
  const { openapi, info, paths, components } = document();
  expect(openapi).toMatch(/^3\.1\.\d+$/);
  expect(info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  const names = new Set<string>();
  for (const [path, operations] of Object.entries(paths)) {
    expect(path).toMatch(/^\//);
    expect(names.has(path.replaceAll(/\{\w+\}/g, '{}'))).toBe(false);
    names.add(path.replaceAll(/\{\w+\}/g, '{}'));
    for (const [method, operation] of Object.entries(operations)) {
      expect(['get', 'post', 'put', 'patch', 'delete']).toContain(method);
      const inPath = (operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'path')
        .map((parameter) => parameter.name);
      expect(inPath.sort(), path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort());
      for (const parameter of operation.parameters ?? [])
        expect(parameter.schema, `${path} ${parameter.name}`).toBeTypeOf('object');
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^([1-5]\d\d|default)$/);
        expect(response.description).toBeTypeOf('string');
      }
    }
  }
  const references = [...JSON.stringify(document()).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '');
  const known = new Set(Object.keys(components.schemas).map((name) => `#/components/schemas/${name}`));
  expect([...new Set(references)].filter((reference) => !known.has(reference))).toEqual([]);
});

it('equals the golden file docs/openapi.json, which UPDATE_GOLDEN=1 writes anew', () => {
  const text = `${JSON.stringify(sorted(document()), null, 2)}\n`;
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(golden), { recursive: true });
    writeFileSync(golden, text);
  }
  expect(text).toBe(readFileSync(golden, 'utf8'));
});

/** Objects with their keys in order, so that the order of registration does not show. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
