import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany, aContact, aCustomField, aDeal, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
  await aCustomField(hub, { object: 'company', name: 'vat', unique: true });
});
afterAll(() => hub.stop());

const post = (path: string, body: object, key = hub.admin.key) => hub.call('POST', path, { body, key });

it('takes a company by its domain, a unique custom field or an external id in place of its id', async () => {
  const company = await aCompany(hub, { domain: 'ref.example', customFields: { vat: 'ATU1' } });
  await hub.call('PUT', `/companies/${company.id}/external-ids/erp/c1`);
  for (const match of [
    { domain: 'https://www.ref.example/x' },
    { customFields: { vat: 'ATU1' } },
    { externalId: { system: 'erp', id: 'c1' } },
  ]) {
    const made = await post('/contacts', { firstName: 'Ref', companyId: { match } });
    expect(made, JSON.stringify(match)).toMatchObject({ status: 201, body: { companyId: company.id } });
    expect((await logOf(hub, made.body.id))[0]?.data.changes.companyId).toEqual({ from: null, to: company.id });
  }
});

it('takes it in every field that points to a record, on creating and on editing', async () => {
  const contact = await aContact(hub, { phone: '+43 1 3330001' });
  const deal = await aDeal(hub);
  await hub.call('PUT', `/deals/${deal.id}/external-ids/erp/d1`);
  const byAddress = { match: { email: contact.email.toUpperCase() } };
  const byPhone = { match: { phone: '+4313330001' } };
  const byExternalId = { match: { externalId: { system: 'erp', id: 'd1' } } };
  const made = await post('/deals', { name: 'By phone', contactId: byPhone });
  expect(made.body).toMatchObject({ contactId: contact.id });
  const task = await post('/tasks', { title: 'T', contactId: byAddress, dealId: byExternalId });
  expect(task.body).toMatchObject({ contactId: contact.id, dealId: deal.id });
  const activity = await post('/activities', {
    type: 'call',
    subject: 'A',
    contactIds: [byPhone, contact.id],
    dealId: byExternalId,
  });
  expect(activity.body).toMatchObject({ contactIds: [contact.id], dealId: deal.id });
  for (const path of [`/deals/${deal.id}`, `/tasks/${task.body.id}`]) {
    const edited = await hub.call('PATCH', path, { body: { contactId: byAddress } });
    expect(edited.body).toMatchObject({ contactId: contact.id });
  }
});

it('takes a company’s parent by what it is told by, and makes it when it is not there', async () => {
  const parent = await aCompany(hub, { customFields: { vat: 'ATU-parent' } });
  await hub.call('PUT', `/companies/${parent.id}/external-ids/erp/parent`);
  for (const match of [
    { domain: parent.domain },
    { customFields: { vat: 'ATU-parent' } },
    { externalId: { system: 'erp', id: 'parent' } },
  ])
    expect((await post('/companies', { name: 'Child', parentId: { match } })).body).toMatchObject({ parentId: parent.id });
  const parentId = { match: { domain: 'holding.example' }, create: { name: 'Holding', parentId: parent.id } };
  const child = await aCompany(hub);
  const edited = await hub.call('PATCH', `/companies/${child.id}`, { body: { parentId } });
  const { body: made } = await hub.call('GET', `/companies/${edited.body.parentId}`);
  expect(made).toMatchObject({ name: 'Holding', domain: 'holding.example', parentId: parent.id });
  expect((await post('/companies', { name: 'Sibling', parentId })).body.parentId).toBe(made.id);
  expect(await hub.call('PATCH', `/companies/${parent.id}`, { body: { parentId } })).toMatchObject({
    status: 400,
    body: { errors: [{ code: 'company_cycle' }] },
  });
  const lost = { match: { domain: 'nowhere.example' } };
  expect(await post('/companies', { name: 'Lost', parentId: lost })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/parentId/match', code: 'reference_not_found' }] },
  });
});

it('takes owners and assignees by their address, in whatever spelling', async () => {
  const rita = await hub.aRep();
  const byAddress = { match: { email: ` ${rita.email.toUpperCase()} ` } };
  const own = { ownerId: byAddress };
  for (const [path, body, field] of [
    ['contacts', { firstName: 'Owned', ...own }, 'ownerId'],
    ['companies', { name: 'Owned', ...own }, 'ownerId'],
    ['deals', { name: 'Owned', ...own }, 'ownerId'],
    ['tasks', { title: 'Assigned', dueDay: '2026-12-01', assignedTo: byAddress }, 'assignedTo'],
  ] as const) {
    const made = await post(`/${path}`, body);
    expect(made, path).toMatchObject({ status: 201, body: { [field]: rita.id } });
    const mine = await hub.call('PATCH', `/${path}/${made.body.id}`, {
      body: { [field]: { match: { email: hub.admin.email } } },
    });
    expect(mine.body, path).toMatchObject({ [field]: hub.admin.id, version: 2 });
    expect((await logOf(hub, made.body.id)).at(-1)?.data.changes[field]).toEqual({ from: rita.id, to: hub.admin.id });
  }
  const unknown = { match: { email: 'nobody@acme.test' } };
  expect(await post('/contacts', { firstName: 'X', ownerId: unknown })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/ownerId/match', code: 'reference_not_found' }] },
  });
  expect((await post('/contacts', { firstName: 'X', ownerId: { match: { phone: '+43 1 1' } } })).status).toBe(400);
  const bulk = { object: 'contact', filter: { firstName: 'Owned' }, patch: { ownerId: byAddress } };
  expect((await post('/bulk-edits', bulk)).status).toBe(202);
});

it('takes it in custom fields that point to records and users', async () => {
  await aCustomField(hub, { object: 'deal', name: 'reseller', type: 'record', recordType: 'company' });
  await aCustomField(hub, { object: 'deal', name: 'engineer', type: 'user' });
  await aCustomField(hub, { object: 'deal', name: 'note' });
  const company = await aCompany(hub, { domain: 'reseller.example' });
  const reseller = { match: { domain: 'reseller.example' } };
  const engineer = { match: { email: hub.admin.email } };
  const made = await post('/deals', { name: 'Sold', customFields: { reseller, engineer } });
  expect(made).toMatchObject({ status: 201, body: { customFields: { reseller: company.id, engineer: hub.admin.id } } });
  const again = await hub.call('PATCH', `/deals/${made.body.id}`, { body: { customFields: { reseller } } });
  expect(again.body).toMatchObject({ version: 1, customFields: { reseller: company.id } });
  for (const [customFields, pointer, code] of [
    [{ reseller: { match: { domain: 'none.example' } } }, '/customFields/reseller', 'reference_not_found'],
    [{ reseller: { match: { email: 'a@b.example' } } }, '/customFields/reseller/match/email', 'unknown_match'],
    [{ engineer: { match: { phone: '+43 1 1' } } }, '/customFields/engineer', 'unknown_match'],
    [{ engineer: { match: { externalId: { system: 'x', id: '1' } } } }, '/customFields/engineer', 'unknown_match'],
    [{ note: reseller }, '/customFields/note', 'invalid_value'],
    [{ reseller: { match: {} } }, '/customFields/reseller/match', 'one_match'],
  ] as const) {
    const refused = await post('/deals', { name: 'X', customFields });
    expect(refused, JSON.stringify(customFields)).toMatchObject({ status: 400, body: { errors: [{ pointer, code }] } });
  }
});

it('takes it for whom a record is shared with, and which records a batch changes and deletes', async () => {
  const rita = await hub.aRep();
  const contact = await aContact(hub);
  const share = await post(`/contacts/${contact.id}/shares`, { userId: { match: { email: rita.email } }, access: 'read' });
  expect(share).toMatchObject({ status: 201, body: { userId: rita.id } });
  const unknown = { userId: { match: { email: 'nobody@acme.test' } }, access: 'read' };
  expect(await post(`/contacts/${contact.id}/shares`, unknown)).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/userId/match', code: 'reference_not_found' }] },
  });
  const id = { match: { email: contact.email } };
  const operations = [
    { op: 'update', id, data: { city: 'Graz' } },
    { op: 'delete', id, version: 2 },
    { op: 'delete', id },
  ];
  const batch = await post('/contacts/batch', { operations });
  expect(batch.body.results).toMatchObject([
    { status: 200, id: contact.id },
    { status: 204, id: contact.id },
    { status: 400, problem: { errors: [{ pointer: '/operations/2/id/match', code: 'reference_not_found' }] } },
  ]);
});

it('makes what is not there when asked to, with what it was looked for by, and finds it the next time', async () => {
  const deal = {
    name: 'New',
    contactId: {
      match: { email: 'fresh@fresh.example' },
      create: { firstName: 'Fresh', companyId: { match: { domain: 'fresh.example' }, create: { name: 'Fresh' } } },
    },
  };
  const [first, second] = [await post('/deals', deal), await post('/deals', deal)];
  expect(second.body.contactId).toBe(first.body.contactId);
  const { body: contact } = await hub.call('GET', `/contacts/${first.body.contactId}?include=company`);
  expect(contact).toMatchObject({ firstName: 'Fresh', email: 'fresh@fresh.example', company: { domain: 'fresh.example' } });
  const named = { match: { externalId: { system: 'erp', id: 'made' } }, create: { name: 'Made' } };
  const { body: one } = await post('/contacts', { firstName: 'A', companyId: named });
  const { body: two } = await post('/contacts', { firstName: 'B', companyId: named });
  expect(two.companyId).toBe(one.companyId);
});

it('makes one of fifty that are asked for at once', async () => {
  const companyId = { match: { domain: 'rush.example' }, create: { name: 'Rush' } };
  const all = await Promise.all(Array.from({ length: 50 }, (_, n) => post('/contacts', { firstName: `R${n}`, companyId })));
  expect(all.map(({ status }) => status)).toEqual(Array(50).fill(201));
  expect(new Set(all.map(({ body }) => body.companyId)).size).toBe(1);
});

it('refuses to guess between several, and lists them', async () => {
  const ids = [];
  for (const firstName of ['P', 'Q']) ids.push((await aContact(hub, { firstName, phone: '+43 1 4440001' })).id);
  expect(await post('/deals', { name: 'X', contactId: { match: { phone: '+43 1 4440001' } } })).toMatchObject({
    status: 409,
    body: { code: 'several_match', matches: ids.map((id) => ({ id })), errors: [{ pointer: '/contactId/match' }] },
  });
});

it.each([
  [{ match: { email: 'nobody@nowhere.example' } }, '/contactId/match', 'reference_not_found'],
  [{ match: { domain: 'x.example' } }, '/contactId/match/domain', 'unknown_match'],
  [{ match: { phone: '123' } }, '/contactId/match/phone', 'invalid_match'],
  [{ match: { customFields: { none: 'x' } } }, '/contactId/match/customFields/none', 'unknown_match'],
  [{ match: {} }, '/contactId/match', 'one_match'],
  [{ match: { email: 'a@b.example', phone: '+43 1 1' } }, '/contactId/match', 'one_match'],
  [{ match: { externalId: { system: 'none', id: '1' } }, create: {} }, '/contactId/create', 'contact_unreachable'],
  [{ match: { email: 'a@b.example' }, create: { nickname: 'A' } }, '/contactId/create/nickname', 'unknown_property'],
  [{ match: { email: 'a@b.example' }, else: 1 }, '/contactId/else', 'unknown_property'],
  ['x', '/contactId', 'invalid_format'],
  [7, '/contactId', 'invalid_union'],
])('refuses %j at %s', async (contactId, pointer, code) => {
  const answer = await post('/deals', { name: 'X', contactId });
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer, code }] } });
});

it('names the item of a list', async () => {
  const contactIds = [(await aContact(hub)).id, { match: { email: 'nobody@nowhere.example' } }];
  expect(await post('/activities', { type: 'note', subject: 'X', contactIds })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/contactIds/1/match' }] },
  });
});

it('knows no record that is hidden from the caller, and no field of it', async () => {
  const permissions = { contact: { create: 'all', read: 'own' }, deal: { create: 'all', read: 'all' } };
  const fields = { contact: { phone: 'hidden' } };
  await hub.call('POST', '/roles', { body: { key: 'blind', name: 'Blind', permissions, fields } });
  const blind = await hub.aUser('blind');
  const { email } = await aContact(hub, { phone: '+43 1 5550001' });
  const by = (match: object) => post('/deals', { name: 'X', contactId: { match } }, blind.key);
  const missing = await by({ email: 'nobody@nowhere.example' });
  const hidden = await by({ email });
  expect({ ...hidden.body, requestId: '' }).toEqual({ ...missing.body, requestId: '' });
  expect(await by({ phone: '+43 1 5550001' })).toMatchObject({ body: { errors: [{ code: 'unknown_match' }] } });
});

it('makes nothing that the caller may not make', async () => {
  const permissions = { contact: { create: 'all', read: 'all' }, company: { read: 'all' } };
  await hub.call('POST', '/roles', { body: { key: 'no_companies', name: 'No companies', permissions } });
  const caller = await hub.aUser('no_companies');
  const companyId = { match: { domain: 'forbidden.example' }, create: { name: 'F' } };
  expect(await post('/contacts', { firstName: 'X', companyId }, caller.key)).toMatchObject({
    status: 403,
    body: { permission: 'company:create' },
  });
});

it('lets a link stay to what was deleted, or is hidden by now, when whoever edits gives back what they read', async () => {
  const role = {
    key: 'narrow',
    name: 'Narrow',
    permissions: { '*': { create: 'all', read: 'all', edit: 'all' }, company: { read: 'own' } },
  };
  expect((await post('/roles', role)).status).toBe(201);
  const narrow = await hub.aUser('narrow');
  const [company, contact] = [await aCompany(hub), await aContact(hub)];
  const links = { companyId: company.id, contactId: contact.id };
  const person = await aContact(hub, { companyId: company.id });
  const [deal, task] = [await aDeal(hub, links), (await post('/tasks', { title: 'T', ...links })).body];
  const give = (path: string, body: object, key = hub.admin.key) => hub.call('PATCH', path, { body, key });
  expect((await give(`/contacts/${person.id}`, { companyId: company.id, city: 'Linz' }, narrow.key)).status).toBe(200);
  for (const path of [`/companies/${company.id}`, `/contacts/${contact.id}`]) await hub.call('DELETE', path);
  expect((await give(`/contacts/${person.id}`, { companyId: company.id, city: 'Wien' })).body).toMatchObject({ city: 'Wien' });
  expect((await give(`/deals/${deal.id}`, { ...links, name: 'D' })).body).toMatchObject({ name: 'D', ...links });
  expect((await give(`/tasks/${task.id}`, { ...links, title: 'U' })).body).toMatchObject({ title: 'U', ...links });
  const other = await aContact(hub);
  expect((await give(`/contacts/${other.id}`, { companyId: company.id })).body.code).toBe('reference_not_found');
});
