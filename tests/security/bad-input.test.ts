import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAppAlone } from '../support/app.ts';
import { aCompany, aContact, aDeal, anActivity, aTask } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { bodiesOf, exampleOf, fill, type Operation, oddTexts, operationsOf } from '../support/openapi.ts';
import { refusals } from './refusals.ts';

/** What anybody may call: health, setting up, signing in and out, the receiving end of webhooks. */
const open = new Set([
  'GET /healthz',
  'GET /readyz',
  'GET /api/v1/setup',
  'POST /api/v1/setup',
  'POST /api/v1/session',
  'DELETE /api/v1/session',
  'POST /api/v1/session/second-factor',
  'POST /api/v1/session/second-factor/setup',
  'POST /api/v1/password-resets',
  'POST /api/v1/links/read',
  'POST /api/v1/links/follow',
  'GET /api/v1/sign-in',
  'POST /api/v1/session/provider/{key}',
  'POST /api/v1/session/provider/{key}/finish',
  'POST /hooks/{id}',
]);
/** Answers that never end; only requests that must be refused are sent there. */
const streams = new Set(['GET /api/v1/events/stream']);

/** What the schemas cannot say that they want. */
const rest: Record<string, object> = { 'POST /api/v1/contacts': { firstName: 'x' } };
/** The operations of a batch are looked at one by one, by the rules of their own routes. */
for (const path of ['contacts', 'companies', 'deals', 'tasks', 'activities'])
  rest[`POST /api/v1/${path}/batch`] = { operations: [{ op: 'delete', id: '0190a0a0-0000-7000-8000-000000000001' }] };

const alone = await buildAppAlone();
await alone.ready();
const operations = operationsOf(alone, open);
await alone.close();
const { expectNoFault, expectRefusal, expectField } = refusals(operations);
const withBody = operations.filter((operation) => operation.body !== undefined);
const withPath = operations.filter((operation) => operation.path.includes('{id}'));
const ending = operations.filter((operation) => !streams.has(operation.name));

let hub: Hub;
/** A record for each of these paths, so that requests get past the 404; they are not deleted. */
let records: Record<string, string> = {};
beforeAll(async () => {
  hub = await startHub();
  const contact = await aContact(hub);
  const [company, deal, task, activity] = await Promise.all([aCompany(hub), aDeal(hub), aTask(hub), anActivity(hub)]);
  records = { contacts: contact.id, companies: company.id, deals: deal.id, tasks: task.id, activities: activity.id };
  rest['POST /api/v1/activities'] = { contactIds: [contact.id] };
});
afterAll(() => hub.stop());

const someId = '0190a0a0-0000-7000-8000-000000000001';
/** An existing record for a path, save for what would delete it. */
const idFor = ({ method, path }: Operation): string =>
  path.includes('{key}') ? 'some_key' : ((method === 'DELETE' ? undefined : records[path.split('/')[3] ?? '']) ?? someId);
/** A body that the operation takes. */
const bodyFor = ({ name, body = {} }: Operation): Record<string, unknown> => ({ ...(exampleOf(body) as object), ...rest[name] });
const json = { 'content-type': 'application/json' };

/** Sends a request with a body as text, so that it may be anything. */
function send(
  operation: Operation,
  options: { url?: string; text?: string; headers?: Record<string, string>; key?: string | null } = {},
) {
  const { url = fill(operation.path, idFor(operation)), text, headers = {}, key = hub.admin.key } = options;
  return hub.call(operation.method, `/${url}`, {
    ...(text === undefined ? {} : { body: text }),
    headers: { ...(text === undefined ? {} : json), ...headers },
    key,
  });
}

const textOf = (value: unknown): string => JSON.stringify(value).slice(0, 60);

it('looks at every route of the app', () => {
  expect(operations.length).toBeGreaterThan(30);
  expect(withBody.length).toBeGreaterThan(10);
});

describe('asks who calls', () => {
  it.each(operations.filter((operation) => operation.guarded))('$name', async (operation) => {
    for (const headers of [
      {},
      { authorization: 'Bearer' },
      { authorization: 'Bearer x y' },
      { authorization: 'Basic YTpi' },
      { cookie: 'throughline_session=%ff; =;;' },
    ]) {
      const answer = await send(operation, {
        key: null,
        headers: { ...(headers as Record<string, string>), origin: 'http://localhost:80' },
      });
      expect([401, 403], `${operation.name} ${JSON.stringify(headers)}`).toContain(answer.status);
      expectNoFault(answer, operation.name);
    }
  });
});

describe('refuses a body that is no JSON, or JSON of another shape', () => {
  const deep = (open_: string, close: string) => open_.repeat(10_000) + close.repeat(10_000);
  const texts: Record<string, string> = {
    empty: '',
    'half an object': '{"a":',
    'a list': '[]',
    'a text': '"x"',
    'a number': '7',
    null: 'null',
    'not a number': 'NaN',
    'a trailing comma': '{"a":1,}',
    'a NUL': '{"a":"\u0000"}',
    'a prototype': '{"__proto__":{"admin":true}}',
    'a constructor': '{"constructor":{"prototype":{"admin":true}}}',
    'a deep list': deep('[', ']'),
    'a deep object': `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
    'two megabytes': JSON.stringify({ name: 'x'.repeat(2_000_000) }),
  };
  it.each(withBody)('$name', async (operation) => {
    for (const [kind, text] of Object.entries(texts))
      expectRefusal(await send(operation, { text }), `${operation.name} with ${kind}`);
    const huge = await send(operation, { text: texts['two megabytes'] ?? '' });
    expect([400, 401, 413, 429], operation.name).toContain(huge.status);
  });
});

describe('names an unknown property', () => {
  it.each(withBody.filter((operation) => operation.body?.additionalProperties === false))('$name', async (operation) => {
    const body = { ...bodyFor(operation), 'no/such~property': 1 };
    const answer = await send(operation, { text: JSON.stringify(body) });
    expectRefusal(answer, operation.name);
    expectField(answer, '/no~1such~0property', operation.name);
  });
});

describe('names the property that has a wrong value', () => {
  const wrong: unknown[] = [
    ...oddTexts,
    null,
    true,
    -1,
    1.5,
    1e21,
    2 ** 31,
    2 ** 53,
    [],
    {},
    [[]],
    [null],
    { a: { b: 1 } },
    ['\u0000'],
    { '\u0000': 1 },
    { '\ud800': 'x' },
  ];
  it.each(withBody)('$name', async (operation) => {
    const base = bodyFor(operation);
    const taken = (await send(operation, { text: JSON.stringify(base) })).status !== 400;
    for (const property of Object.keys(operation.body?.properties ?? {})) {
      for (const text of [...wrong.map((value) => JSON.stringify({ ...base, [property]: value })), `{"${property}":1e999}`]) {
        const what = `${operation.name} ${text.slice(0, 200)}`;
        const answer = await send(operation, { text });
        expectNoFault(answer, what);
        if (taken && !text.endsWith('1e999}')) expectField(answer, `/${property}`, what);
      }
    }
  });
});

describe('takes whatever is made from its schema, or refuses it', () => {
  it.each(withBody)('$name', async (operation) => {
    await fc.assert(
      fc.asyncProperty(bodiesOf(operation.body ?? {}), async (body) => {
        const answer = await send(operation, { text: JSON.stringify(body) });
        expectNoFault(answer, `${operation.name} ${JSON.stringify(body)?.slice(0, 2_000)}`);
        if (answer.status === 400 && answer.body.code !== 'invalid_json')
          expect(
            answer.body.errors?.length ?? 0,
            `${operation.name} ${textOf(body)} ${JSON.stringify(answer.body)}`,
          ).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });
});

describe('refuses an id that is none', () => {
  const ids = [
    'x',
    '0',
    '-1',
    '%00',
    '%ff',
    '%',
    '%E0%A4%A',
    '%2e%2e%2f',
    "'",
    '{}',
    `${someId}0`,
    someId.replace('a', 'g'),
    encodeURIComponent(`{${someId}}`),
    'x'.repeat(150),
    'x'.repeat(5_000),
    '💥',
  ];
  it.each(withPath)('$name', async (operation) => {
    for (const id of ids) {
      const answer = await send(operation, {
        url: fill(operation.path, encodeURI(id).replaceAll('%25', '%')),
        ...(operation.body ? { text: JSON.stringify(bodyFor(operation)) } : {}),
      });
      expectRefusal(answer, `${operation.name} with the id ${id.slice(0, 40)}`);
    }
  });
});

describe('refuses query parameters that it does not know, or with wrong values', () => {
  it.each(operations.filter((operation) => operation.method === 'GET' && operation.guarded))('$name', async (operation) => {
    const known = operation.parameters.filter((parameter) => parameter.in === 'query');
    if (known.length > 0) {
      const answer = await send(operation, { url: `${fill(operation.path, idFor(operation))}?noSuchParameter=1` });
      expectRefusal(answer, operation.name);
      expectField(answer, 'query/noSuchParameter', operation.name);
    }
    if (streams.has(operation.name)) return;
    const values = [
      ...oddTexts.filter((text) => text.isWellFormed() && text.length < 1_000).map(encodeURIComponent),
      '%ff',
      '%',
      '-1',
      '0',
      '1e9',
      '1.5',
      '__proto__',
      'constructor',
      '-toString',
      'a&sort=b',
    ];
    for (const { name } of known) {
      for (const value of [...values, `x&${name}=y`, `x&${name}[a]=y`]) {
        expectNoFault(
          await send(operation, { url: `${fill(operation.path, idFor(operation))}?${name}=${value}` }),
          `${operation.name} ?${name}=${value}`,
        );
      }
    }
  });
});

describe('lives with absurd headers', () => {
  const absurd: Record<string, string>[] = [
    ...['x', 'v1', '"v"', '"v99999999999999999999"', '"v-1"', '*', '"v1", "v2"', 'x'.repeat(4_000)].map((value) => ({
      'if-match': value,
    })),
    ...[' ', 'a b', 'é', 'x'.repeat(256), '\u007f'].map((value) => ({ 'idempotency-key': value })),
    ...[
      'text/plain',
      'application/xml',
      'multipart/form-data',
      'application/json; charset=utf-7',
      'application/json;;;',
      '/',
      'x'.repeat(2_000),
    ].map((value) => ({ 'content-type': value })),
    { 'x-request-id': 'x'.repeat(1_000) },
    { accept: 'image/png', 'accept-encoding': 'x;q=zz', 'accept-language': '\u00ff' },
    { cookie: `${'a=b; '.repeat(500)}throughline_session=${'x'.repeat(2_000)}` },
    { 'content-length': '5' },
    { 'x-forwarded-for': `${'1.1.1.1, '.repeat(500)}nobody`, 'x-forwarded-proto': 'gopher', 'x-forwarded-host': '<script>' },
    { 'user-agent': '\u00ff'.repeat(3_000) },
  ];
  it.each(ending)('$name', async (operation) => {
    for (const headers of absurd) {
      const text = operation.body === undefined ? {} : { text: JSON.stringify(bodyFor(operation)) };
      expectNoFault(
        await send(operation, { ...text, headers }),
        `${operation.name} with ${JSON.stringify(headers).slice(0, 100)}`,
      );
    }
  });
});

it('names the header in a refused If-Match, Idempotency-Key and Last-Event-ID', async () => {
  const cases = [
    ['PATCH', `/contacts/${someId}`, 'if-match', { city: 'Wien' }],
    ['POST', '/companies', 'idempotency-key', { name: 'x' }],
    ['GET', '/events/stream', 'last-event-id', undefined],
  ] as const;
  for (const [method, path, header, body] of cases) {
    const answer = await hub.call(method, path, { body, headers: { [header]: 'ab cd' } });
    expect(answer, header).toMatchObject({ status: 400, body: { errors: [{ pointer: `header/${header}` }] } });
  }
});
