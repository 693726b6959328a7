import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId, rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aContact, aDeal, anActivity, aTask } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ consumers: [], jobs: {} });
});
afterAll(() => hub.stop());

/** The files of an export, the JSON ones read. */
async function exported(id: string, key = hub.admin.key) {
  const begun = await hub.call('POST', `/contacts/${id}/exports`, { key });
  expect(begun).toMatchObject({ status: 202, body: { contactId: id, state: 'queued', done: 0, size: null, expiresAt: null } });
  const done = await eventually(async () => {
    const { body } = await hub.call('GET', `/personal-exports/${begun.body.id}`, { key });
    return body.state === 'queued' || body.state === 'running' ? undefined : body;
  });
  expect(done).toMatchObject({ state: 'done', error: null, done: done.total });
  expect((await hub.call('GET', `/contacts/${id}/exports`, { key })).body.data[0]).toEqual(done);
  const answer = await hub.app.inject({
    method: 'GET',
    url: `/api/v1/personal-exports/${done.id}/file`,
    headers: { authorization: `Bearer ${key}` },
  });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/zip',
    'content-disposition': expect.stringContaining(`contact-${id}.zip`),
  });
  expect(answer.rawPayload).toHaveLength(done.size);
  const files = Object.entries(unzipSync(new Uint8Array(answer.rawPayload))).map(([name, bytes]): [string, unknown] => [
    name,
    name.endsWith('.json') && !name.startsWith('files/') ? JSON.parse(strFromU8(bytes)) : strFromU8(bytes),
  ]);
  expect(files).toHaveLength(done.total);
  // biome-ignore lint/suspicious/noExplicitAny: files of every shape
  return Object.fromEntries(files) as Record<string, any>;
}

/** A mail of a contact in a mailbox of somebody's that shows others so much. */
async function aMailOf(contactId: string, { ownerId, visibility }: { ownerId: string; visibility: string }): Promise<string> {
  const id = newId();
  const server = JSON.stringify({ host: 'mail.test', port: 993, security: 'tls', username: 'u', authType: 'password' });
  await hub.deed(async (ctx) => {
    await rowsOf(ctx, SQL`insert into mail_threads (id, created_at) values (${id}, ${ctx.now})`);
    await rowsOf(
      ctx,
      SQL`insert into mailboxes (id, owner_id, address, address_normal, imap, smtp, state, create_contacts, visibility, created_at, updated_at)
          values (${id}, ${ownerId}, ${`${id}@x.test`}, ${`${id}@x.test`}, ${server}, ${server}, 'paused', 'none', ${visibility}, ${ctx.now}, ${ctx.now})`,
    );
    await rowsOf(
      ctx,
      SQL`insert into messages (id, identity, fingerprint, thread_id, owner_id, direction, kind, subject, snippet, text, sent_at, in_reply_to,
            reference_ids, size, truncated, damaged, created_at)
          values (${id}, ${id}, '', ${id}, ${ownerId}, 'in', 'human', ${`Subject ${visibility}`}, '', 'Words', ${ctx.now}, '{}', '{}', 0, false, false, ${ctx.now})`,
    );
    await rowsOf(ctx, SQL`insert into message_mailboxes (message_id, mailbox_id) values (${id}, ${id})`);
    await rowsOf(
      ctx,
      SQL`insert into message_participants (message_id, role, address_normal, position, name, contact_id) values (${id}, 'from', 'a@b.test', 0, '', ${contactId})`,
    );
  });
  return id;
}

it('holds everything that is kept on a person, and nothing of others', async () => {
  const contact = await aContact(hub, { title: 'Captain' });
  const other = await aContact(hub);
  await hub.call('PATCH', `/contacts/${contact.id}`, { body: { title: 'Admiral' } });
  const deal = await aDeal(hub, { contactId: contact.id });
  const activity = await anActivity(hub, { contactIds: [contact.id, other.id] });
  const task = await aTask(hub, { contactId: contact.id });
  await anActivity(hub, { contactIds: [other.id] });
  await aTask(hub, { contactId: other.id });
  const upload = { body: 'the plan', headers: { 'content-type': 'text/plain' } };
  const { id: fileId } = (await hub.call('POST', `/contacts/${contact.id}/files?name=plan.txt`, upload)).body;
  await hub.call('POST', `/activities/${activity.id}/files?name=minutes.txt`, { ...upload, body: 'the minutes' });
  await hub.call('POST', `/contacts/${other.id}/files?name=other.txt`, { ...upload, body: 'of another' });
  const mail = await aMailOf(contact.id, { ownerId: hub.admin.id, visibility: 'metadata' });

  const company = (await hub.call('POST', '/companies', { body: { name: 'Fleet' } })).body;
  await hub.call('PUT', `/contacts/${contact.id}/companies/${company.id}`, { body: { role: 'Captain' } });

  const zip = await exported(contact.id);
  expect(zip['contact.json']).toMatchObject({ id: contact.id, title: 'Admiral' });
  expect(zip['companies.json'].data).toMatchObject([{ companyId: company.id, role: 'Captain' }]);
  expect(zip['addresses.json']).toMatchObject([{ address: contact.email, isPrimary: true }]);
  expect(zip['history.json'].map(({ type }: { type: string }) => type)).toEqual([
    'contact.updated',
    'contact.updated',
    'contact.created',
  ]);
  for (const [name, record] of [
    ['activities', activity],
    ['tasks', task],
    ['deals', deal],
  ] as const)
    expect(
      zip[`${name}.json`].map(({ id }: { id: string }) => id),
      name,
    ).toContain(record.id);
  expect(zip['tasks.json']).toHaveLength(1);
  expect(zip['messages.json']).toMatchObject([{ id: mail, subject: 'Subject metadata', text: 'Words', openness: 'own' }]);
  expect(zip['webhooks.json']).toEqual([]);
  expect(zip['files.json'].map(({ name }: { name: string }) => name)).toEqual(['plan.txt', 'minutes.txt']);
  expect(zip[`files/${fileId}/plan.txt`]).toBe('the plan');
  expect(Object.keys(zip).filter((name) => name.startsWith('files/'))).toHaveLength(2);
});

it('holds what was deleted too, until it is purged, with its files', async () => {
  const contact = await aContact(hub);
  const note = await anActivity(hub, { contactIds: [contact.id], type: 'note', subject: 'Regretted' });
  const task = await aTask(hub, { contactId: contact.id });
  const upload = { body: 'the minutes', headers: { 'content-type': 'text/plain' } };
  await hub.call('POST', `/activities/${note.id}/files?name=minutes.txt`, upload);
  await hub.call('DELETE', `/activities/${note.id}`);
  await hub.call('DELETE', `/tasks/${task.id}`);
  const zip = await exported(contact.id);
  const kept = { deletedAt: expect.any(String) };
  expect(zip['activities.json']).toContainEqual(expect.objectContaining({ id: note.id, subject: 'Regretted', ...kept }));
  expect(zip['activities.json']).toContainEqual(expect.objectContaining({ deletedAt: null }));
  expect(zip['tasks.json']).toMatchObject([{ id: task.id, ...kept }]);
  expect(zip['files.json'].map(({ name }: { name: string }) => name)).toEqual(['minutes.txt']);
});

it('shows mail as far as the caller may read it, and notes who read the words of others', async () => {
  const contact = await aContact(hub);
  const colleague = await hub.aRep('Colin');
  const manager = await hub.aUser('manager');
  await aMailOf(contact.id, { ownerId: colleague.id, visibility: 'metadata' });
  const open = await aMailOf(contact.id, { ownerId: colleague.id, visibility: 'everything' });
  const { 'messages.json': seen } = await exported(contact.id, manager.key);
  expect(seen).toMatchObject([
    { openness: 'metadata', subject: null, text: null },
    { openness: 'everything', subject: 'Subject everything', text: 'Words' },
  ]);
  const reads = await hub.deed((ctx) =>
    rowsOf<{ type: string; recordId: string }>(
      ctx,
      SQL`select type, record_id as "recordId" from events where (record_type = 'export' or type = 'message.read') and (data->'filter'->>'contactId' = ${contact.id} or record_id = ${open})
            and actor_id = (select id from api_keys where user_id = ${manager.id}) order by seq`,
    ),
  );
  expect(reads.map(({ type }) => type)).toEqual(['export.requested', 'message.read', 'export.made', 'export.downloaded']);
});

it('is for those who may export and see the contact', async () => {
  const contact = await aContact(hub);
  const rep = await hub.aRep();
  for (const method of ['GET', 'POST']) {
    expect(await hub.call(method, `/contacts/${contact.id}/exports`, { key: rep.key })).toMatchObject({
      status: 403,
      body: { permission: 'export' },
    });
    expect((await hub.call(method, `/contacts/${newId()}/exports`)).status).toBe(404);
    expect((await hub.call(method, `/contacts/${contact.id}/exports`, { key: null })).status).toBe(401);
  }
});

it('sends thousands of entries piece by piece', async () => {
  const contact = await aContact(hub);
  await hub.deed(async (ctx) => {
    await rowsOf(
      ctx,
      SQL`with made as (
            insert into activities (id, type, subject, description, contact_id, activity_date, source, created_at, updated_at)
            select gen_random_uuid(), 'note', 'Note ' || n, repeat(md5(n::text), 20), ${contact.id}::uuid, now() - n * interval '1 minute', 'user', now(), now()
            from generate_series(1, 3000) n returning id, contact_id, activity_date)
          insert into activity_links select id, contact_id, activity_date from made`,
    );
  });
  const zip = await exported(contact.id);
  expect(new Set(zip['activities.json'].map(({ subject }: { subject: string }) => subject)).size).toBe(3001);
});
