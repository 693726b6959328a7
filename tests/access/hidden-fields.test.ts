import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact } from '../support/factories.ts';
import { type Hub, type Person, startHub } from '../support/hub.ts';

let hub: Hub;
let clerk: Person;
let contact: { id: string };
beforeAll(async () => {
  hub = await startHub();
  for (const name of ['score', 'note'])
    await hub.call('POST', '/custom-fields', { body: { object: 'contact', name, label: name, type: 'text' } });
  const all = { read: 'all', edit: 'all', create: 'all' };
  const fields = {
    contact: { email: 'hidden', companyId: 'hidden', 'customFields.score': 'hidden' },
    deal: { amount: 'hidden' },
  };
  const role = {
    key: 'clerk',
    name: 'Clerk',
    permissions: { contact: all, company: { read: 'all' }, deal: all, pipeline: { read: 'all' } },
    fields,
  };
  expect((await hub.call('POST', '/roles', { body: role })).status).toBe(201);
  clerk = await hub.aUser('clerk');
  const customFields = { score: 'secret', note: 'open' };
  contact = await aContact(hub, { email: 'zebra@example.com', firstName: 'Zoe', customFields });
});
afterAll(() => hub.stop());

const get = (path: string) => hub.call('GET', path, { key: clerk.key });

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

it('nothing is found by what is hidden', async () => {
  expect((await get('/contacts?q=zebra')).body.data).toEqual([]);
  expect((await hub.call('GET', '/contacts?q=zebra')).body.data).toHaveLength(1);
});

it('it is not in the record’s history either', async () => {
  const { body } = await get(`/contacts/${contact.id}/history`);
  expect(JSON.stringify(body.data)).toMatch(/firstName/);
  expect(JSON.stringify(body.data)).not.toMatch(/zebra|secret/);
});

it('no sum tells of it', async () => {
  const [pipeline] = (await get('/pipelines')).body.data;
  for (const path of ['/deals/totals', `/pipelines/${pipeline.id}/summary`])
    expect(await get(path), path).toMatchObject({ status: 403, body: { permission: 'deal.amount:read' } });
});
