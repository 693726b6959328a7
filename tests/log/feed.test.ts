import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCompany, updateCompany } from '../../src/companies/companies.ts';
import { rowOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { emit } from '../../src/emit.ts';
import { aCompany, aContact } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { openStream, type ServerSentEvent } from '../support/sse.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
let origin: string;
beforeAll(async () => {
  hub = await startHub({ consumers: [] });
  origin = await hub.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => hub.stop());

const bearer = (key = hub.admin.key) => ({ authorization: `Bearer ${key}` });
const stream = (query = '', headers: Record<string, string> = {}) =>
  openStream(`${origin}/api/v1/events/stream${query}`, { ...bearer(), ...headers });
const countOf = (what: string) =>
  hub.deed(
    async (ctx) => (await rowOf<{ n: number }>(ctx, SQL`select count(*)::int as n from events where ${SQL.raw(what)}`))?.n,
  );
/** The newest position, once everything that was committed has one. */
const head = async (): Promise<number> => {
  await eventually(async () => (await countOf('position is null')) === 0);
  return (await countOf('true')) ?? 0;
};

it('pages through the log gap-free, and a page at the end says where to go on', async () => {
  for (let n = 0; n < 12; n++) await aCompany(hub);
  await eventually(async () => (await head()) >= 12);
  const positions: number[] = [];
  let after = '0';
  for (;;) {
    const page = await hub.call('GET', `/events?after=${after}&limit=5`);
    positions.push(...page.body.data.map((event: { position: number }) => event.position));
    if (page.body.nextCursor === after) break;
    after = page.body.nextCursor;
  }
  expect(positions).toEqual(positions.map((_, n) => n + 1));
  const company = await aCompany(hub);
  const next = await eventually(async () => {
    const page = await hub.call('GET', `/events?after=${after}`);
    return page.body.data.length > 0 ? page.body : undefined;
  });
  expect(next.data).toMatchObject([
    { type: 'company.created', origin: 'live', actor: { kind: 'key' }, data: { companyId: company.id } },
  ]);
});

it('filters by type, and goes on behind what it has left out', async () => {
  const after = await head();
  const contact = await aContact(hub);
  await aCompany(hub);
  const page = await eventually(async () => {
    const answer = await hub.call('GET', `/events?after=${after}&types=contact.created,contact.deleted`);
    return Number(answer.body.nextCursor) >= after + 2 ? answer.body : undefined;
  });
  expect(page.data).toMatchObject([{ type: 'contact.created', data: { contactId: contact.id } }]);
  expect((await hub.call('GET', '/events?types=contact.born')).body.errors).toMatchObject([
    { pointer: expect.stringContaining('query/types') },
  ]);
});

it('shows a rep no events about keys, in the feed or the stream', async () => {
  const rep = await hub.aRep();
  const after = await head();
  const live = await openStream(`${origin}/api/v1/events/stream`, bearer(rep.key));
  await hub.call('POST', '/keys', { body: { name: 'Secret', role: 'rep' } });
  await aCompany(hub);
  await eventually(() => live.events.some((event) => event.type === 'company.created'));
  expect(live.events.map((event) => event.type)).not.toContain('api_key.created');
  const typesFor = async (key: string) =>
    (await hub.call('GET', `/events?after=${after}`, { key })).body.data.map((event: { type: string }) => event.type);
  expect(await typesFor(rep.key)).toEqual(['company.created']);
  const forAdmins = (await typesFor(hub.admin.key)).filter((type: string) => type !== 'api_key.used'); // the first use of the day is told too
  expect(forAdmins).toEqual(['api_key.created', 'company.created']);
  expect((await hub.call('GET', '/events?types=api_key.created', { key: rep.key })).body.data).toEqual([]);
  live.close();
});

it('streams changes as they happen, of the types that were asked for', async () => {
  const live = await stream('?types=company.updated');
  const company = await aCompany(hub);
  await hub.call('PATCH', `/companies/${company.id}`, { body: { city: 'Wien' } });
  await eventually(() => live.events.length === 1);
  expect(live.events).toMatchObject([{ type: 'company.updated', data: { data: { companyId: company.id } } }]);
  live.close();
});

it('resumes by Last-Event-ID without losing or repeating an event, while many write', async () => {
  const from = await head();
  const { id } = await hub.deed((ctx) => createCompany(ctx, { name: 'start' }));
  let writing = true;
  const writers = Promise.all(
    Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; n < 60; n++) await hub.deed((ctx) => updateCompany(ctx, { id }, { name: `${writer}.${n}` }));
    }),
  ).then(() => {
    writing = false;
  });
  const seen: ServerSentEvent[] = [];
  while (seen.length < 240) {
    const live = await stream('?types=company.updated', { 'last-event-id': String(seen.at(-1)?.id ?? from) });
    await eventually(() => live.events.length >= 7 || (!writing && live.events.length + seen.length >= 240));
    live.close();
    seen.push(...live.events);
  }
  await writers;
  expect(seen).toHaveLength(240);
  expect(seen.map((event) => event.id)).toEqual(seen.map((_, n) => from + 2 + n));
});

it('gives up a reader that does not read, and lives on', async () => {
  const { port, hostname } = new URL(origin);
  const silent = connect(Number(port), hostname);
  silent.on('error', () => undefined);
  await new Promise((resolve) => silent.once('connect', resolve));
  silent.write(`GET /api/v1/events/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${hub.admin.key}\r\n\r\n`);
  await new Promise((resolve) => silent.once('readable', resolve));
  const { id } = await hub.deed((ctx) => createCompany(ctx, { name: 'big' }));
  const after = await head();
  for (let n = 0; n < 60; n++) {
    await hub.deed(async (ctx) => {
      for (let m = 0; m < 2; m++)
        emit(ctx, 'company.updated', { companyId: id, changes: { note: { from: null, to: 'x'.repeat(200_000) } } });
    });
  }
  await head();
  const closed = new Promise((resolve) => silent.once('close', resolve));
  await aCompany(hub);
  silent.resume();
  await closed;
  const late = await stream('?types=company.updated', { 'last-event-id': String(after) });
  await aCompany(hub); // news amid a page that is larger than what a reader may lag behind
  await eventually(() => late.events.length === 120);
  late.close();
});

it('ends the stream of a user who is disabled, and does not open another', async () => {
  const rep = await hub.aRep('Rae');
  const live = await openStream(`${origin}/api/v1/events/stream`, bearer(rep.key));
  expect(live.status).toBe(200);
  await hub.call('PATCH', `/users/${rep.id}`, { body: { disabled: true } });
  await live.ended;
  const again = await openStream(`${origin}/api/v1/events/stream`, bearer(rep.key));
  expect(again.status).toBe(401);
});

it('goes on when somebody else shows the key of its holder with a wrong secret', async () => {
  const live = await stream('?types=company.created');
  await eventually(() => live.lastId() >= 0);
  const { key } = hub.admin;
  const wrong = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`;
  expect((await hub.call('GET', '/me', { key: wrong })).status).toBe(401);
  await eventually(async () => (await countOf("type = 'api_key.refused'")) === 1);
  await head();
  await aCompany(hub);
  await eventually(() => live.events.length === 1);
  live.close();
});

it('ends its streams when the server closes, also amid events', async () => {
  const other = await startHub({ consumers: [] });
  const address = await other.app.listen({ port: 0, host: '127.0.0.1' });
  const live = await openStream(`${address}/api/v1/events/stream`, { authorization: `Bearer ${other.admin.key}` });
  await aCompany(other);
  await eventually(() => live.events.length > 0);
  const writing = Promise.all(
    Array.from({ length: 20 }, (_, n) => other.deed((ctx) => createCompany(ctx, { name: `late ${n}` }))),
  );
  const { port, hostname } = new URL(address);
  const ahead = connect(Number(port), hostname); // as a browser does, without a request yet
  await new Promise((resolve) => ahead.once('connect', resolve));
  const began = performance.now();
  await other.app.close();
  expect(performance.now() - began).toBeLessThan(45_000); // of itself the server waits a minute for the silent connection
  await live.ended;
  await writing;
  await other.stop();
});
