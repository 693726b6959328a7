import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany, aCustomField, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

it('makes a company with the host of what was typed as its domain, and tells the log', async () => {
  const company = await aCompany(hub, { name: 'Navy', domain: 'HTTPS://www.Navy.Example/about?x', annualRevenue: '12.5' });
  expect(company).toMatchObject({ domain: 'navy.example', annualRevenue: '12.50', ownerId: hub.admin.id, version: 1 });
  expect((await logOf(hub, company.id)).map((event) => event.type)).toEqual(['company.created']);
  expect((await hub.call('GET', `/companies/${company.id}/timeline`)).body.data).toMatchObject([{ type: 'company_created' }]);
});

it('refuses a domain that a live company has, and takes it again once that one is deleted', async () => {
  const first = await aCompany(hub, { domain: 'one.example' });
  const again = () => hub.call('POST', '/companies', { body: { name: 'Twin', domain: 'www.one.example' } });
  expect(await again()).toMatchObject({ status: 409, body: { code: 'company_domain_taken', errors: [{ pointer: '/domain' }] } });
  expect((await hub.call('DELETE', `/companies/${first.id}`)).status).toBe(204);
  expect((await again()).status).toBe(201);
});

it('edits with PATCH, and an edit that changes nothing is no edit', async () => {
  await aCustomField(hub, { object: 'company', name: 'tier' });
  await aCustomField(hub, { object: 'company', name: 'floors', type: 'number' });
  const company = await aCompany(hub, { industry: 'Rail', customFields: { tier: 'A', floors: 3 } });
  const edited = await hub.call('PATCH', `/companies/${company.id}`, { body: { industry: null, employeeCount: 40 } });
  expect(edited.body).toMatchObject({ industry: null, employeeCount: 40, name: company.name, version: 2 });
  const same = await hub.call('PATCH', `/companies/${company.id}`, {
    body: { employeeCount: 40, customFields: { floors: 3, tier: 'A' } },
  });
  expect(same.body).toMatchObject({ version: 2, updatedAt: edited.body.updatedAt });
  expect((await logOf(hub, company.id)).map(({ type, data }) => [type, data.changes?.industry])).toEqual([
    ['company.created', { from: null, to: 'Rail' }],
    ['company.updated', { from: 'Rail', to: null }],
  ]);
});

it('keeps the links of a deleted company, which itself is gone', async () => {
  const company = await aCompany(hub);
  const contact = await hub.call('POST', '/contacts', { body: { firstName: 'Left', companyId: company.id } });
  await hub.call('DELETE', `/companies/${company.id}`);
  expect((await hub.call('GET', `/companies/${company.id}`)).status).toBe(404);
  expect((await hub.call('GET', `/contacts/${contact.body.id}`)).body).toMatchObject({ companyId: company.id });
});

it('finds companies by parts of their name and domain', async () => {
  const company = await aCompany(hub, { name: 'Zürcher Kantonalbank', domain: 'zkb.example' });
  const found = async (q: string) => {
    const { body } = await hub.call('GET', `/companies?q=${encodeURIComponent(q)}`);
    return body.data.map((one: { id: string }) => one.id);
  };
  expect(await found('kantonal zürcher')).toEqual([company.id]);
  expect(await found('ZKB.ex')).toEqual([company.id]);
  expect(await found('100%_')).toEqual([]);
});

it('answers 404 to an unknown company and to a rep who may not edit it a 403 that names the permission', async () => {
  const { key } = await hub.aRep();
  const company = await aCompany(hub);
  const body = { industry: 'Rail' };
  expect(await hub.call('PATCH', `/companies/${company.id}`, { body, key })).toMatchObject({
    status: 403,
    body: { code: 'forbidden', permission: 'company:edit' },
  });
  expect(await hub.call('PATCH', '/companies/00000000-0000-7000-8000-000000000000', { body, key })).toMatchObject({
    status: 404,
    body: { code: 'company_not_found' },
  });
});
