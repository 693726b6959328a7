import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId, rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { purgeDeleted } from '../../src/deletion/purge.ts';
import { eraseNext } from '../../src/privacy/run-erasure.ts';
import { foundEverywhere } from '../support/everywhere.ts';
import { aCompany, aContact, anActivity, aTask } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
let now = new Date('2026-11-25T10:00:00Z');
beforeAll(async () => {
  hub = await startHub({ consumers: [], now: () => now });
});
afterAll(() => hub.stop());

const kestrel = { firstName: 'Kes', lastName: 'Trelawny', phone: '+1 202 5550123' };

/** Deletes a contact and lets the time pass after which it is purged. */
async function purged(contactId: string): Promise<void> {
  expect((await hub.call('DELETE', `/contacts/${contactId}`)).status).toBe(204);
  now = new Date(now.getTime() + 100 * 86_400_000);
  await purgeDeleted(hub.services);
}

/** A mail from an address, in a mailbox of the admin's. */
async function aMailFrom(address: string): Promise<string> {
  const id = newId();
  const server = JSON.stringify({ host: 'mail.test', port: 993, security: 'tls', username: 'u', authType: 'password' });
  await hub.deed(async (ctx) => {
    await rowsOf(ctx, SQL`insert into mail_threads (id, created_at) values (${id}, ${ctx.now})`);
    await rowsOf(
      ctx,
      SQL`insert into mailboxes (id, owner_id, address, address_normal, imap, smtp, state, create_contacts, visibility, created_at, updated_at)
          values (${id}, ${hub.admin.id}, ${`${id}@x.test`}, ${`${id}@x.test`}, ${server}, ${server}, 'paused', 'none', 'metadata', ${ctx.now}, ${ctx.now})`,
    );
    await rowsOf(
      ctx,
      SQL`insert into messages (id, identity, fingerprint, thread_id, owner_id, direction, kind, subject, snippet, text, sent_at, in_reply_to,
            reference_ids, size, truncated, damaged, created_at)
          values (${id}, ${id}, '', ${id}, ${hub.admin.id}, 'in', 'human', 'Hello', '', ${`Write to ${address}`}, ${ctx.now}, '{}', '{}', 0, false, false, ${ctx.now})`,
    );
    await rowsOf(ctx, SQL`insert into message_mailboxes (message_id, mailbox_id) values (${id}, ${id})`);
    await rowsOf(
      ctx,
      SQL`insert into message_participants (message_id, role, address_normal, position, name) values (${id}, 'from', ${address}, 0, '')`,
    );
  });
  return id;
}

const eraseAddress = (email: string, key = hub.admin.key) =>
  hub.call('POST', '/erasures', { body: { email, confirm: true }, key });

/** Carries an erasure out, and gives its receipt. */
async function carriedOut(id: string) {
  while (!(await hub.deed((ctx) => eraseNext(ctx, id))).over);
  const { body } = await hub.call('GET', `/erasures/${id}`);
  expect(body.state).toBe('done');
  return body;
}

it('erases a contact that was purged, by its id: from the log, from mail, and from what only the log knows to be about them', async () => {
  const words = ['trelawny', 'kes.t@kestrel.example', '5550123', 'merlin-secret', 'hobby-secret'];
  const { id } = await aContact(hub, { ...kestrel, email: 'kes.t@kestrel.example' });
  const company = await aCompany(hub);
  const alone = await anActivity(hub, { contactIds: [id], type: 'note', subject: 'merlin-secret' });
  await hub.call('PATCH', `/activities/${alone.id}`, { body: { description: 'hobby-secret' } });
  const kept = await anActivity(hub, { contactIds: [id], companyId: company.id, type: 'note', subject: 'merlin-secret of Kes' });
  const task = await aTask(hub, { contactId: id, companyId: company.id, title: 'Ring merlin-secret' });
  await aMailFrom('kes.t@kestrel.example');
  await purged(id);
  expect((await foundEverywhere(hub, words)).length).toBeGreaterThan(3);
  const asked = await hub.call('POST', `/contacts/${id}/erase`, { body: { confirm: true } });
  expect(asked).toMatchObject({ status: 202, body: { contactId: id, state: 'running' } });
  expect(await carriedOut(asked.body.id)).toMatchObject({ counts: { messages: 1, activities: 1, tasks: 1 } });
  expect(await foundEverywhere(hub, words)).toEqual([]);
  expect((await hub.call('GET', `/activities/${kept.id}`)).body).toMatchObject({ subject: '[erased]', companyId: company.id });
  expect((await hub.call('GET', `/tasks/${task.id}`)).body).toMatchObject({ title: '[erased]', status: 'cancelled' });
  expect((await hub.call('POST', '/contacts', { body: { email: 'Kes.T@kestrel.example' } })).body.code).toBe('contact_erased');
});

it('erases whoever had an address, also one of earlier, and once however often it is asked', async () => {
  const words = ['falconer', 'first@falcon.example', 'second@falcon.example'];
  const { id } = await aContact(hub, { firstName: 'Fay', lastName: 'Falconer', email: 'first@falcon.example' });
  await hub.call('PATCH', `/contacts/${id}`, { body: { email: 'second@falcon.example' } });
  await purged(id);
  const asked = await eraseAddress('First@Falcon.example');
  expect(asked).toMatchObject({ status: 202, body: { contactId: id } });
  expect((await eraseAddress('first@falcon.example')).body.id).toBe(asked.body.id);
  await carriedOut(asked.body.id);
  expect(await foundEverywhere(hub, words)).toEqual([]);
  expect((await eraseAddress('second@falcon.example')).body).toMatchObject({ id: asked.body.id, state: 'done' });
});

it('erases a deleted contact by its address, and somebody who was never more than the sender of a mail', async () => {
  const { id } = await aContact(hub, { firstName: 'Del', lastName: 'Eted', email: 'deleted@gone.example' });
  await hub.call('DELETE', `/contacts/${id}`);
  const deleted = await eraseAddress('deleted@gone.example');
  expect(deleted.body.contactId).toBe(id);
  await carriedOut(deleted.body.id);
  await aMailFrom('stranger@gone.example');
  const stranger = await eraseAddress('stranger@gone.example');
  expect(await carriedOut(stranger.body.id)).toMatchObject({ counts: { messages: 1 } });
  expect(await foundEverywhere(hub, ['deleted@gone', 'stranger@gone'])).toEqual([]);
  expect((await hub.call('POST', '/contacts', { body: { email: 'stranger@gone.example' } })).body.code).toBe('contact_erased');
  const log = await hub.call('GET', '/audit?types=contact.erased&limit=200');
  expect(log.body.data.map(({ recordId }: { recordId: string }) => recordId)).toContain(stranger.body.contactId);
});

it('takes nothing out of our own mailboxes: our addresses are refused, and erasing a colleague who is a contact leaves their mail', async () => {
  const rep = await hub.aRep();
  const messageId = await aMailFrom(rep.email);
  const { id } = await aContact(hub, { email: rep.email });
  expect((await eraseAddress(rep.email)).body).toMatchObject({ status: 409, code: 'own_address' });
  expect((await hub.call('GET', `/contacts/${id}/erase`)).body).toMatchObject({ erased: { addresses: 1, messages: 0 } });
  const asked = await hub.call('POST', `/contacts/${id}/erase`, { body: { confirm: true } });
  await carriedOut(asked.body.id);
  expect((await hub.call('GET', `/contacts/${id}`)).status).toBe(404);
  const message = await hub.call('GET', `/messages/${messageId}`);
  expect(message.status).toBe(200);
  expect(JSON.stringify(message.body)).toContain(rep.email);
});

it('leaves to others what is theirs by now', async () => {
  const [mover, other] = [await aContact(hub, { email: 'mover@gone.example' }), await aContact(hub)];
  const note = await anActivity(hub, { contactIds: [mover.id], type: 'note', subject: 'About the plan' });
  const task = await aTask(hub, { contactId: mover.id, title: 'Ask about the plan' });
  expect((await hub.call('PATCH', `/tasks/${task.id}`, { body: { contactId: other.id } })).status).toBe(200);
  expect((await hub.call('PATCH', `/activities/${note.id}`, { body: { contactIds: [other.id] } })).status).toBe(200);
  await carriedOut((await eraseAddress('mover@gone.example')).body.id);
  expect((await hub.call('GET', `/activities/${note.id}`)).body.subject).toBe('About the plan');
  expect((await hub.call('GET', `/tasks/${task.id}`)).body).toMatchObject({ title: 'Ask about the plan', status: 'pending' });
});

it('refuses what is no address, what is not confirmed, an id that never was, and who may not', async () => {
  expect((await eraseAddress('no address')).body).toMatchObject({ status: 400, errors: [{ pointer: '/email' }] });
  expect((await hub.call('POST', '/erasures', { body: { email: 'a@b.example' } })).body).toMatchObject({
    status: 400,
    errors: [{ pointer: '/confirm' }],
  });
  expect((await hub.call('POST', `/contacts/${newId()}/erase`, { body: { confirm: true } })).status).toBe(404);
  const rep = await hub.aRep();
  expect((await eraseAddress('a@b.example', rep.key)).status).toBe(403);
  const reaches = { create: 'own', read: 'own', edit: 'own', delete: 'own' };
  const role = { key: 'eraser', name: 'Eraser', permissions: { contact: reaches }, capabilities: ['erase'] };
  expect((await hub.call('POST', '/roles', { body: role })).status).toBe(201);
  const eraser = await hub.aUser('eraser');
  expect((await eraseAddress('a@b.example', eraser.key)).body).toMatchObject({ status: 403, permission: 'contact:read' });
  const hidden = await aContact(hub);
  await purged(hidden.id);
  const asked = await hub.call('POST', `/contacts/${hidden.id}/erase`, { key: eraser.key, body: { confirm: true } });
  expect(asked.status).toBe(404);
});
