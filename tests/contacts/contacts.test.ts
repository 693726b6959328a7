import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

it('makes a contact, owned by its maker, with an event and an entry on its timeline', async () => {
  const made = await hub.call('POST', '/contacts', {
    body: { firstName: 'Grace', lastName: 'Hopper', email: 'Grace@Navy.Example' },
  });
  expect(made).toMatchObject({
    status: 201,
    body: { name: 'Grace Hopper', email: 'Grace@Navy.Example', ownerId: hub.admin.id, version: 1 },
  });
  const timeline = await hub.call('GET', `/contacts/${made.body.id}/timeline`);
  expect(timeline.body.data).toMatchObject([{ type: 'contact_created', source: 'system', contactIds: [made.body.id] }]);
  expect(timeline.body.nextCursor).toBeNull();
});

it('refuses a known address with a 409 that names the contact who has it', async () => {
  const first = await hub.call('POST', '/contacts', { body: { firstName: 'Alan', email: 'alan@bletchley.example' } });
  const second = await hub.call('POST', '/contacts', { body: { firstName: 'A.', email: 'ALAN@Bletchley.example' } });
  expect(second).toMatchObject({
    status: 409,
    body: { code: 'contact_email_taken', existing: { id: first.body.id, name: 'Alan' } },
  });
});

it('edits with PATCH: null clears, absent stays, a stale If-Match is a 412', async () => {
  const { body: made } = await hub.call('POST', '/contacts', {
    body: { firstName: 'Edsger', phone: '+31 20 123', title: 'Prof' },
  });
  const edited = await hub.call('PATCH', `/contacts/${made.id}`, {
    body: { title: null, city: 'Nuenen' },
    headers: { 'if-match': '"v1"' },
  });
  expect(edited).toMatchObject({ status: 200, body: { title: null, city: 'Nuenen', phone: '+31 20 123', version: 2 } });
  const stale = await hub.call('PATCH', `/contacts/${made.id}`, { body: { city: 'Austin' }, headers: { 'if-match': '"v1"' } });
  expect(stale).toMatchObject({ status: 412, body: { code: 'version_mismatch', version: 2 } });
});

it('deletes a contact, which frees its address', async () => {
  const { body: made } = await hub.call('POST', '/contacts', { body: { email: 'gone@example.com' } });
  expect((await hub.call('DELETE', `/contacts/${made.id}`)).status).toBe(204);
  expect(await hub.call('GET', `/contacts/${made.id}`)).toMatchObject({ status: 404, body: { code: 'contact_not_found' } });
  expect((await hub.call('POST', '/contacts', { body: { email: 'gone@example.com' } })).status).toBe(201);
});

it('pages through all contacts without losing or repeating one', async () => {
  for (let n = 0; n < 7; n++) await hub.call('POST', '/contacts', { body: { firstName: `Page ${n}`, lastName: 'Turner' } });
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = await hub.call('GET', `/contacts?limit=3&q=turner&sort=name${cursor && `&cursor=${cursor}`}`);
    expect(page.status).toBe(200);
    seen.push(...page.body.data.map((contact: { firstName: string }) => contact.firstName));
    cursor = page.body.nextCursor;
  }
  expect(seen).toEqual(['Page 0', 'Page 1', 'Page 2', 'Page 3', 'Page 4', 'Page 5', 'Page 6']);
});

it('asks for a session or key, and shows no contact to nobody', async () => {
  expect(await hub.call('GET', '/contacts', { key: null })).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
});

it('lets a rep edit their own contacts and names the permission for another one', async () => {
  const rep = await hub.aRep();
  const { body: theirs } = await hub.call('POST', '/contacts', { body: { firstName: 'Own' }, key: rep.key });
  const { body: other } = await hub.call('POST', '/contacts', { body: { firstName: 'Other' } });
  expect((await hub.call('PATCH', `/contacts/${theirs.id}`, { body: { city: 'Graz' }, key: rep.key })).status).toBe(200);
  expect(await hub.call('PATCH', `/contacts/${other.id}`, { body: { city: 'Graz' }, key: rep.key })).toMatchObject({
    status: 403,
    body: { permission: 'contact:edit' },
  });
});
