import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
let clock = new Date();
beforeAll(async () => {
  hub = await startHub({ now: () => clock });
});
afterAll(() => hub.stop());

const make = (idempotencyKey: string, body: object, key?: string) =>
  hub.call('POST', '/companies', { body, headers: { 'idempotency-key': idempotencyKey }, ...(key === undefined ? {} : { key }) });
const count = async (name: string) => (await hub.call('GET', `/companies?q=${name}`)).body.data.length;

it('answers a repeat with the first answer, and does the work once', async () => {
  const first = await make('a-1', { name: 'Onlyonce' });
  const repeat = await make('a-1', { name: 'Onlyonce' });
  expect(repeat.status).toBe(201);
  expect(repeat.body).toEqual(first.body);
  expect(await count('onlyonce')).toBe(1);
});

it('answers the repeat of an upsert with the status of the first answer: made stays made, found stays found', async () => {
  const upsert = (key: string, body: object) =>
    hub.call('POST', '/companies?match=domain', { body, headers: { 'idempotency-key': key } });
  const body = { name: 'Upserted', domain: 'upserted.example' };
  const made = await upsert('u-1', body);
  expect(made.status).toBe(201);
  expect(await upsert('u-1', body)).toMatchObject({ status: 201, body: made.body });
  const found = await upsert('u-2', { ...body, city: 'Graz' });
  expect(found).toMatchObject({ status: 200, body: { id: made.body.id, version: 2 } });
  expect(await upsert('u-2', { ...body, city: 'Graz' })).toMatchObject({ status: 200, body: found.body });
  expect(await upsert('u-1', body)).toMatchObject({ status: 201, body: made.body });
});

it('refuses the same key with another body', async () => {
  await make('b-1', { name: 'Bodyone' });
  expect(await make('b-1', { name: 'Bodytwo' })).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
});

it('keeps the keys of two callers and of two routes apart', async () => {
  const rep = await hub.aRep();
  const mine = await make('c-1', { name: 'Shared' });
  const theirs = await make('c-1', { name: 'Shared' }, rep.key);
  expect(theirs.body.id).not.toBe(mine.body.id);
  const other = await hub.call('POST', '/contacts', { body: { firstName: 'x' }, headers: { 'idempotency-key': 'c-1' } });
  expect(other.status).toBe(201);
});

it('does not store a failure', async () => {
  const holder = (await hub.call('POST', '/companies', { body: { name: 'Holder', domain: 'held.example' } })).body;
  expect((await make('d-1', { name: 'Taker', domain: 'held.example' })).status).toBe(409);
  await hub.call('DELETE', `/companies/${holder.id}`);
  expect((await make('d-1', { name: 'Taker', domain: 'held.example' })).status).toBe(201);
});

it('does the work of twenty repeats at once a single time; those that come meanwhile are told so', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => make('e-1', { name: 'Twentyfold' })));
  expect(new Set(answers.map((answer) => answer.status))).toSatisfy((seen: Set<number>) =>
    [...seen].every((status) => [201, 409].includes(status)),
  );
  expect(answers.filter((answer) => answer.status === 409).every((answer) => answer.body.code === 'request_in_flight')).toBe(
    true,
  );
  expect(new Set(answers.filter((answer) => answer.status === 201).map((answer) => answer.body.id)).size).toBe(1);
  expect(await count('twentyfold')).toBe(1);
});

it('forgets a key after a day', async () => {
  const first = await make('f-1', { name: 'Daily' });
  clock = new Date(clock.getTime() + 25 * 3_600_000);
  expect((await make('f-1', { name: 'Daily' })).body.id).not.toBe(first.body.id);
});

it('stores answers sealed: a new key is not to be read from the database', async () => {
  const made = await hub.call('POST', '/keys', { body: { name: 'Sealed', role: 'rep' }, headers: { 'idempotency-key': 'g-1' } });
  const again = await hub.call('POST', '/keys', { body: { name: 'Sealed', role: 'rep' }, headers: { 'idempotency-key': 'g-1' } });
  expect(again.body.key).toBe(made.body.key);
  const rows = await hub.deed((ctx) => rowsOf<{ answer: Buffer }>(ctx, SQL`select answer from idempotency_keys`));
  expect(rows.some((row) => row.answer.includes(made.body.key.slice(-40)))).toBe(false);
});
