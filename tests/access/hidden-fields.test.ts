import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact } from '../support/factories.ts';
import { type Hub, type Person, startHub } from '../support/hub.ts';

let hub: Hub;
let clerk: Person;
let contact: { id: string };
const all = { read: 'all', edit: 'all', create: 'all' };
const fields = {
  contact: { email: 'hidden', companyId: 'hidden', 'customFields.score': 'hidden' },
  deal: { amount: 'hidden' },
};
const role = {
  key: 'clerk',
  name: 'Clerk',
  permissions: { contact: all, company: { read: 'all' }, deal: all, pipeline: { read: 'all' }, bulk_edit: all, view: all },
  fields,
};
beforeAll(async () => {
  hub = await startHub();
  for (const name of ['score', 'note'])
    await hub.call('POST', '/custom-fields', { body: { object: 'contact', name, label: name, type: 'text' } });
  expect((await hub.call('POST', '/roles', { body: role })).status).toBe(201);
  clerk = await hub.aUser('clerk');
  const customFields = { score: 'secret', note: 'open' };
  contact = await aContact(hub, { email: 'zebra@example.com', firstName: 'Zoe', customFields });
});
afterAll(() => hub.stop());

const get = (path: string) => hub.call('GET', path, { key: clerk.key });

it('whoever is held by rules of fields is told which', async () => {
  expect((await get('/me')).body.fields).toMatchObject({ contact: { email: 'hidden' }, deal: { amount: 'hidden' } });
});

it('a hidden field is in no answer, alone or in a list', async () => {
  const one = (await get(`/contacts/${contact.id}`)).body;
  const [listed] = (await get('/contacts?q=zoe')).body.data;
  for (const shown of [one, listed]) {
    expect(shown).toMatchObject({ firstName: 'Zoe', customFields: { note: 'open' } });
    for (const field of ['email', 'companyId']) expect(shown).not.toHaveProperty(field);
    expect(JSON.stringify(shown)).not.toMatch(/zebra|secret/);
  }
});

it('it can be neither asked for nor filtered, sorted or included by, as if there were none such', async () => {
  const asked = (field: string) => [
    `/contacts?fields=id,${field}`,
    `/contacts?sort=${field}`,
    `/contacts?filter[${field}]=zebra@example.com`,
    `/contacts/${contact.id}?fields=${field}`,
  ];
  for (const [n, path] of [...asked('email'), ...asked('customFields.score')].entries()) {
    const unknown = [...asked('emaik'), ...asked('customFields.scorf')][n] ?? '';
    const [hidden, none] = [await get(path), await get(unknown)];
    expect(hidden.status, path).toBe(400);
    const plain = JSON.stringify({ ...none.body, requestId: '' })
      .replaceAll('emaik', 'email')
      .replaceAll('scorf', 'score');
    expect(JSON.stringify({ ...hidden.body, requestId: '' }), path).toBe(plain);
  }
  expect((await get('/contacts?include=company')).status).toBe(400);
});

it('neither a search, nor a view, nor a batch, nor a bulk edit knows of it', async () => {
  const post = (path: string, body: object) => hub.call('POST', path, { key: clerk.key, body });
  const asked = (field: string): [string, object][] => [
    ['/contacts/search', { filter: { [field]: 'zebra@example.com' } }],
    ['/contacts/search', { filter: { and: [{ not: { [field]: 'zebra@example.com' } }] } }],
    ['/contacts/search', { sort: field }],
    ['/views', { object: 'contact', name: 'Mine', filter: { [field]: 'zebra@example.com' } }],
    ['/views', { object: 'contact', name: 'Mine', columns: [field] }],
    ['/bulk-edits', { object: 'contact', filter: { [field]: 'zebra@example.com' }, patch: { title: 'x' } }],
    ['/bulk-edits', { object: 'contact', ids: [contact.id], patch: { [field]: 'new@example.com' } }],
    ['/contacts/batch', { operations: [{ op: 'update', id: contact.id, data: { [field]: 'new@example.com' } }] }],
  ];
  for (const [n, [path, body]] of asked('email').entries()) {
    const [, other] = asked('emaik')[n] ?? [path, {}];
    const [hidden, none] = [await post(path, body), await post(path, other)];
    const plain = (text: unknown) => JSON.stringify(text).replaceAll('emaik', 'email');
    const label = `${path} ${JSON.stringify(body)}`;
    expect(hidden.status, label).toBe(none.status);
    expect(plain({ ...hidden.body, requestId: '' }), label).toBe(plain({ ...none.body, requestId: '' }));
    expect(plain(none.body), label).toMatch(/unknown_|invalid/);
  }
  expect((await hub.call('GET', `/contacts/${contact.id}`)).body).toMatchObject({ email: 'zebra@example.com', title: null });
});

it('a hidden custom field is none to whoever lists them, or asks for it', async () => {
  const names = async (key?: string) =>
    (await hub.call('GET', '/custom-fields?object=contact', key === undefined ? {} : { key })).body.data.map(
      ({ name }: { name: string }) => name,
    );
  await hub.call('PATCH', '/roles/clerk', { body: { permissions: { ...role.permissions, custom_field: { read: 'all' } } } });
  expect(await names()).toEqual(['score', 'note']);
  expect(await names(clerk.key)).toEqual(['note']);
  const { data } = (await hub.call('GET', '/custom-fields?object=contact')).body;
  const { id } = data.find(({ name }: { name: string }) => name === 'score');
  expect(await get(`/custom-fields/${id}`)).toMatchObject({ status: 404, body: { code: 'custom_field_not_found' } });
});

it('nothing is found by what is hidden', async () => {
  expect((await get('/contacts?q=zebra')).body.data).toEqual([]);
  expect((await hub.call('GET', '/contacts?q=zebra')).body.data).toHaveLength(1);
});

it('it is not in the record’s history either', async () => {
  const { body } = await get(`/contacts/${contact.id}/history`);
  expect(JSON.stringify(body.data)).toMatch(/firstName/);
  expect(JSON.stringify(body.data)).not.toMatch(/zebra|secret/);
});

it('the name of a record is hidden wherever another record would show it', async () => {
  const named = { company: { name: 'hidden' }, contact: { lastName: 'hidden' }, deal: { name: 'hidden' } };
  const role = { key: 'blind', name: 'Blind', permissions: { '*': { read: 'all' } }, fields: named };
  expect((await hub.call('POST', '/roles', { body: role })).status).toBe(201);
  const blind = await hub.aUser('blind');
  const post = async (path: string, body: object) => (await hub.call('POST', path, { body })).body as { id: string };
  const company = await post('/companies', { name: 'Quagga Ltd' });
  const person = await post('/contacts', { firstName: 'Zed', lastName: 'Okapi', companyId: company.id });
  const about = { contactId: person.id, companyId: company.id };
  const deal = await post('/deals', { name: 'Gnus', ...about });
  const task = await post('/tasks', { title: 'Feed them', contactId: person.id, dealId: deal.id });
  await post('/activities', { type: 'note', subject: 'Fed', contactIds: [person.id], dealId: deal.id });
  for (const path of ['/contacts', '/deals', '/tasks', `/contacts/${person.id}`, `/deals/${deal.id}`, `/tasks/${task.id}`]) {
    const { status, body } = await hub.call('GET', path, { key: blind.key });
    expect(status, path).toBe(200);
    expect(JSON.stringify(body), path).not.toMatch(/Quagga|Okapi|Gnus/);
  }
  for (const path of [`/contacts/${person.id}/timeline?kinds=note,task`, '/search?q=fed', '/search?q=zed', '/search?q=quagga'])
    expect(JSON.stringify((await hub.call('GET', path, { key: blind.key })).body), path).not.toMatch(/Quagga|Okapi|Gnus/);
  for (const path of ['/contacts?filter[companyName]=Quagga Ltd', '/deals?fields=id,contactName', '/tasks?filter[dealName]=Gnus'])
    expect((await hub.call('GET', path, { key: blind.key })).status, path).toBe(400);
  expect((await hub.call('GET', '/deals?filter[companyName]=Quagga Ltd')).body.data).toHaveLength(1);
});

it('a hidden relation does not show the name of whom it points to', async () => {
  expect((await hub.call('GET', `/contacts/${contact.id}`)).body).toHaveProperty('companyName');
  expect((await get(`/contacts/${contact.id}`)).body).not.toHaveProperty('companyName');
});

it('no sum tells of it', async () => {
  const [pipeline] = (await get('/pipelines')).body.data;
  for (const path of ['/deals/totals', `/pipelines/${pipeline.id}/summary`])
    expect(await get(path), path).toMatchObject({ status: 403, body: { permission: 'deal.amount:read' } });
});
