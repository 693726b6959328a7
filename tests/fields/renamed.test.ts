import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, aCustomField } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const rename = async (id: string, name: string) =>
  expect((await hub.call('PATCH', `/custom-fields/${id}`, { body: { name } })).status).toBe(200);

it('stays hidden from a role, under its new name and in what the log has of the old one', async () => {
  const field = await aCustomField(hub, { object: 'contact', name: 'salary', type: 'number' });
  const permissions = { contact: { read: 'all', edit: 'all' }, event: { read: 'all' } };
  const fields = { contact: { 'customFields.salary': 'hidden' } };
  expect((await hub.call('POST', '/roles', { body: { key: 'clerk', name: 'Clerk', permissions, fields } })).status).toBe(201);
  const clerk = await hub.aUser('clerk');
  const { id } = await aContact(hub, { customFields: { salary: 424242424 } });
  const seen = async () => {
    const paths = [`/contacts/${id}`, `/contacts/${id}/history`, `/contacts/${id}/timeline`, '/events?limit=200'];
    const answers = await Promise.all(paths.map((path) => hub.call('GET', path, { key: clerk.key })));
    return answers.map(({ body }) => JSON.stringify(body)).some((text) => text.includes('424242424'));
  };
  expect(await seen()).toBe(false);
  await rename(field.id, 'wage');
  expect((await hub.call('GET', `/contacts/${id}`)).body.customFields).toEqual({ wage: 424242424 });
  expect(await seen()).toBe(false);
  const filtered = await hub.call('GET', '/contacts?filter[customFields.wage]=424242424', { key: clerk.key });
  expect(filtered).toMatchObject({ status: 400, body: { errors: [{ code: 'unknown_field' }] } });
  const role = (await hub.call('GET', '/roles/clerk')).body;
  expect(role.fields.contact).toEqual({ 'customFields.salary': 'hidden', 'customFields.wage': 'hidden' });
  expect(role.version).toBe(2);
});

it('is given an old value again under its new name, also when another field has the old one by then', async () => {
  const field = await aCustomField(hub, { object: 'contact', name: 'colour' });
  const { id } = await aContact(hub, { customFields: { colour: 'red' } });
  await hub.call('PATCH', `/contacts/${id}`, { body: { customFields: { colour: 'blue' } } });
  const { body } = await hub.call('GET', `/contacts/${id}/history`);
  await rename(field.id, 'shade');
  await rename(field.id, 'tone');
  await aCustomField(hub, { object: 'contact', name: 'colour' });
  const back = await hub.call('POST', `/contacts/${id}/history/${body.data[0].id}/restore`, {
    body: { field: 'customFields.colour' },
  });
  expect(back).toMatchObject({ status: 200, body: { customFields: { tone: 'red' } } });
  expect(back.body.customFields).not.toHaveProperty('colour');
});

it('tells who may not see the records nothing of what would not convert or is not unique', async () => {
  const field = await aCustomField(hub, { object: 'contact', name: 'badge' });
  const keeper = await hub.aUser('manager');
  for (let n = 0; n < 2; n++) await aContact(hub, { key: keeper.key, customFields: { badge: 'secret-badge' } });
  const permissions = { contact: { read: 'own' }, custom_field: { read: 'all', edit: 'all' } };
  await hub.call('POST', '/roles', { body: { key: 'own_only', name: 'Own only', permissions } });
  const { key } = await hub.aUser('own_only');
  const call = (method: string, path: string, body: object) =>
    hub.call(method, `/custom-fields/${field.id}${path}`, { body, key });
  const preview = await call('POST', '/convert', { type: 'number', dryRun: true });
  expect(preview).toMatchObject({ status: 200, body: { fails: 2, failures: [] } });
  const unique = await call('PATCH', '', { unique: true });
  expect(unique).toMatchObject({ status: 409, body: { code: 'custom_field_not_unique', ids: [] } });
  expect(JSON.stringify(unique.body)).not.toContain('secret-badge');
  const told = await hub.call('POST', `/custom-fields/${field.id}/convert`, { body: { type: 'number' } });
  expect(told).toMatchObject({ status: 409, body: { type: 'about:blank', code: 'values_do_not_convert', fails: 2 } });
  expect(told.body.failures).toHaveLength(2);
});
