import { afterAll, beforeAll, expect, it } from 'vitest';
import { createContact } from '../../src/contacts/contacts.ts';
import { rowOf, rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aContact, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

/** The addresses of a contact, the primary one first. */
const emails = async (id: string): Promise<string[]> =>
  (await hub.call('GET', `/contacts/${id}/emails`)).body.data.map((one: { address: string }) => one.address);
const emailId = async (id: string, address: string): Promise<string> =>
  (await hub.call('GET', `/contacts/${id}/emails`)).body.data.find((one: { address: string }) => one.address === address).id;

it('gives a contact further addresses, each an edit that the log tells', async () => {
  const made = await aContact(hub, { email: 'ada@lovelace.example' });
  const added = await hub.call('POST', `/contacts/${made.id}/emails`, { body: { address: 'Countess@Lovelace.example' } });
  expect(added).toMatchObject({
    status: 201,
    body: { email: 'ada@lovelace.example', otherEmails: ['Countess@Lovelace.example'], version: 2 },
  });
  expect(added.body.updatedAt > made.updatedAt).toBe(true);
  expect(await emails(made.id)).toEqual(['ada@lovelace.example', 'Countess@Lovelace.example']);
  expect((await logOf(hub, made.id)).at(-1)).toMatchObject({
    type: 'contact.updated',
    data: { changes: { otherEmails: { from: [], to: ['Countess@Lovelace.example'] } } },
  });
});

it('makes another address the primary one, and takes one off', async () => {
  const { id } = await aContact(hub, { email: 'one@many.example', otherEmails: ['two@many.example', 'three@many.example'] });
  expect(await emails(id)).toEqual(['one@many.example', 'two@many.example', 'three@many.example']);
  const turned = await hub.call('PUT', `/contacts/${id}/emails/${await emailId(id, 'two@many.example')}/primary`);
  expect(turned.body).toMatchObject({ email: 'two@many.example', version: 2 });
  expect(turned.body.otherEmails.sort()).toEqual(['one@many.example', 'three@many.example']);
  const gone = await hub.call('DELETE', `/contacts/${id}/emails/${await emailId(id, 'one@many.example')}`);
  expect(gone.body).toMatchObject({ email: 'two@many.example', otherEmails: ['three@many.example'], version: 3 });
  const left = await hub.call('DELETE', `/contacts/${id}/emails/${await emailId(id, 'two@many.example')}`);
  expect(left.body).toMatchObject({ email: 'three@many.example', otherEmails: [], version: 4 });
  expect(await hub.call('DELETE', `/contacts/${id}/emails/${id}`)).toMatchObject({
    status: 404,
    body: { code: 'contact_address_not_found' },
  });
});

it('replaces the primary address with PATCH, or lets two of its own change places', async () => {
  const { id } = await aContact(hub, { email: 'old@patch.example', otherEmails: ['other@patch.example'] });
  const patch = async (body: object) => (await hub.call('PATCH', `/contacts/${id}`, { body })).body;
  expect(await patch({ email: 'new@patch.example' })).toMatchObject({
    email: 'new@patch.example',
    otherEmails: ['other@patch.example'],
  });
  expect(await patch({ email: 'OTHER@patch.example' })).toMatchObject({
    email: 'OTHER@patch.example',
    otherEmails: ['new@patch.example'],
  });
  expect(await patch({ otherEmails: ['a@patch.example', 'A@patch.example', 'b@patch.example'] })).toMatchObject({
    otherEmails: ['a@patch.example', 'b@patch.example'],
  });
  expect(await patch({ email: null })).toMatchObject({ email: 'a@patch.example', otherEmails: ['b@patch.example'] });
  expect((await hub.call('POST', '/contacts', { body: { email: 'old@patch.example' } })).status).toBe(201);
});

it('counts nothing when nothing has changed', async () => {
  const { id } = await aContact(hub, { email: 'same@same.example', otherEmails: ['b@same.example'] });
  const again = await hub.call('PATCH', `/contacts/${id}`, {
    body: { email: 'same@same.example', otherEmails: ['b@same.example'] },
  });
  expect(again.body).toMatchObject({ version: 1 });
});

it('refuses an address that another contact has, as its first or its second, and names who has it', async () => {
  const holder = await aContact(hub, {
    firstName: 'Holder',
    lastName: 'X',
    email: 'h1@held.example',
    otherEmails: ['h2@held.example'],
  });
  const other = await aContact(hub);
  const existing = { id: holder.id, name: 'Holder X' };
  for (const [body, pointer] of [
    [{ email: 'H2@held.example' }, '/email'],
    [{ otherEmails: ['free@held.example', 'h1@held.example'] }, '/otherEmails/1'],
  ] as const) {
    for (const [method, path] of [
      ['PATCH', `/contacts/${other.id}`],
      ['POST', '/contacts'],
    ] as const) {
      const answer = await hub.call(method, path, { body: method === 'POST' ? { email: 'x@held.example', ...body } : body });
      expect(answer, `${method} ${pointer}`).toMatchObject({
        status: 409,
        body: { code: 'contact_email_taken', existing, errors: [{ pointer }] },
      });
    }
  }
  expect((await hub.call('GET', `/contacts/${other.id}`)).body).toMatchObject({ version: 1, otherEmails: [] });
  expect((await hub.call('GET', '/contacts?filter[email]=x@held.example')).body.data).toEqual([]);
});

it('finds a contact by any of its addresses', async () => {
  const { id } = await aContact(hub, { otherEmails: ['second@findme.example'] });
  for (const query of ['filter[email]=SECOND@findme.example', 'q=second@findme.example'])
    expect((await hub.call('GET', `/contacts?${query}`)).body.data, query).toMatchObject([{ id }]);
});

it('frees all addresses with the deletion, and takes them again with the restoring', async () => {
  const { id } = await aContact(hub, { email: 'p@freed.example', otherEmails: ['s@freed.example'] });
  await hub.call('DELETE', `/contacts/${id}`);
  const taker = await hub.call('POST', '/contacts', { body: { email: 's@freed.example' } });
  expect(taker.body).toMatchObject({ restorable: { id } });
  expect(await hub.call('POST', `/contacts/${id}/restore`)).toMatchObject({
    status: 409,
    body: { errors: [{ pointer: '/otherEmails' }], existing: { id: taker.body.id } },
  });
  await hub.call('DELETE', `/contacts/${taker.body.id}`);
  expect((await hub.call('POST', `/contacts/${id}/restore`)).body).toMatchObject({
    email: 'p@freed.example',
    otherEmails: ['s@freed.example'],
  });
});

it('puts former addresses back out of the history', async () => {
  const { id } = await aContact(hub, { email: 'first@back.example' });
  await hub.call('PATCH', `/contacts/${id}`, { body: { otherEmails: ['b@back.example'] } });
  await hub.call('PATCH', `/contacts/${id}`, { body: { otherEmails: [] } });
  const [entry] = (await hub.call('GET', `/contacts/${id}/history`)).body.data;
  const back = await hub.call('POST', `/contacts/${id}/history/${entry.id}/restore`, { body: { field: 'otherEmails' } });
  expect(back.body).toMatchObject({ otherEmails: ['b@back.example'] });
});

it('hides and keeps from writing all addresses of a contact with its first', async () => {
  const { body: rep } = await hub.call('GET', '/roles/rep');
  const role = (key: string, email: string) =>
    hub.call('POST', '/roles', {
      body: { key, name: key, permissions: rep.permissions, capabilities: [], fields: { contact: { email } } },
    });
  expect([(await role('blind', 'hidden')).status, (await role('reader', 'readonly')).status]).toEqual([201, 201]);
  const [blind, reader] = [await hub.aUser('blind'), await hub.aUser('reader')];
  const { id } = await aContact(hub, { otherEmails: ['secret@hide.example'], ownerId: blind.id });
  const { body } = await hub.call('GET', `/contacts/${id}`, { key: blind.key });
  expect(JSON.stringify(body)).not.toContain('secret');
  expect(JSON.stringify((await hub.call('GET', `/contacts/${id}/history`, { key: blind.key })).body)).not.toContain('secret');
  expect(await hub.call('GET', `/contacts/${id}/emails`, { key: blind.key })).toMatchObject({
    status: 403,
    body: { permission: 'contact.email:read' },
  });
  const write = { otherEmails: ['x@hide.example'] };
  expect((await hub.call('PATCH', `/contacts/${id}`, { key: blind.key, body: write })).status).toBe(400);
  const theirs = await aContact(hub, { ownerId: reader.id });
  expect(await hub.call('PATCH', `/contacts/${theirs.id}`, { key: reader.key, body: write })).toMatchObject({
    status: 403,
    body: { code: 'field_read_only' },
  });
});

it('gives one address to one of fifty who take it at once, and leaves copies and rows alike', async () => {
  const made = await Promise.all(Array.from({ length: 10 }, () => aContact(hub)));
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      hub.call('POST', `/contacts/${made[n % 10].id}/emails`, {
        body: { address: `race${n % 5}@race.example`, primary: n % 2 === 0 },
      }),
    ),
  );
  expect(answers.filter(({ status }) => status !== 201 && status !== 409).map(({ body }) => body)).toEqual([]);
  const torn = await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`select id from contacts where deleted_at is null and (
            (select array_agg(address order by address) from contact_emails e where e.contact_id = contacts.id and e.active) is distinct from
            (select array_agg(one order by one) from unnest(array_remove(other_emails || email, null)) one)
            or email is distinct from (select address from contact_emails e where e.contact_id = contacts.id and e.is_primary))`,
    ),
  );
  expect(torn).toEqual([]);
  for (let n = 0; n < 5; n++)
    expect((await hub.call('GET', `/contacts?filter[email]=race${n}@race.example`)).body.data).toHaveLength(1);
});

it('makes a contact without looking through the addresses of others, also before Postgres knows how many there are', async () => {
  const { id } = await aContact(hub);
  await hub.deed(async (ctx) => {
    await rowsOf(ctx, SQL`alter table contact_emails set (autovacuum_enabled = off)`);
    await rowsOf(
      ctx,
      SQL`insert into contact_emails (id, contact_id, address, address_normal, is_primary)
          select gen_random_uuid(), ${id}, n || '@many.example', n || '@many.example', false from generate_series(1, 20000) n`,
    );
  });
  const looked = await hub.deed(async (ctx) => {
    const { json } = await createContact(ctx, { firstName: 'One more', email: 'one@more.example' });
    await json();
    return rowOf<{ rows: number }>(
      ctx,
      SQL`select (seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_xact_user_tables where relname = 'contact_emails'`,
    );
  });
  expect(looked?.rows).toBeLessThan(1_000);
});
