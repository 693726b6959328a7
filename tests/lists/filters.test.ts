import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany, aContact, aDeal, aTask } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
let acme: { id: string };
beforeAll(async () => {
  hub = await startHub();
  acme = await aCompany(hub, { name: 'Acme', industry: 'Mining', employeeCount: 40, annualRevenue: '1200.50' });
  await aCompany(hub, { name: 'Bolt', industry: 'Energy', employeeCount: 400, annualRevenue: null });
  await aCompany(hub, { name: 'Corr', industry: null, employeeCount: null, annualRevenue: '99999.99' });
  const [ada] = [await aContact(hub, { firstName: 'Ada', title: 'Engineer', companyId: acme.id, email: 'Ada@acme.example' })];
  await aContact(hub, { firstName: 'Bob', title: '100%_sure', doNotEmail: true });
  await aDeal(hub, {
    name: 'Pump',
    amount: '500.00',
    stage: 'proposal',
    contactId: ada.id,
    companyId: acme.id,
    expectedCloseDate: '2026-05-01',
  });
  await aDeal(hub, { name: 'Drill', amount: null, contactId: ada.id, expectedCloseDate: '2026-07-01' });
  await aTask(hub, { title: 'Call', dueDate: '2026-03-01T10:00:00Z' });
});
afterAll(() => hub.stop());

const namesOf = async (path: string, field = 'name'): Promise<string[]> => {
  const answer = await hub.call('GET', path);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body.data.map((one: Record<string, string>) => one[field]).sort();
};

it.each([
  ['filter[name]=Acme', ['Acme']],
  ['filter[name][eq]=Acme', ['Acme']],
  ['filter[name][ne]=Acme', ['Bolt', 'Corr']],
  ['filter[name][lt]=Bolt', ['Acme']],
  ['filter[name][gte]=Bolt&filter[name][lte]=Bolt', ['Bolt']],
  ['filter[name][in]=Acme,Corr', ['Acme', 'Corr']],
  ['filter[name][nin]=Acme,Corr', ['Bolt']],
  ['filter[name][contains]=OL', ['Bolt']],
  ['filter[name][startsWith]=co', ['Corr']],
  ['filter[industry][empty]=true', ['Corr']],
  ['filter[industry][empty]=false', ['Acme', 'Bolt']],
  ['filter[industry][nin]=Mining', ['Bolt', 'Corr']],
  ['filter[employeeCount][gt]=40', ['Bolt']],
  ['filter[employeeCount][lte]=40', ['Acme']],
  ['filter[employeeCount][ne]=40', ['Bolt', 'Corr']],
  ['filter[annualRevenue]=1200.5', ['Acme']],
  ['filter[annualRevenue][gte]=1200.51', ['Corr']],
  ['filter[annualRevenue][empty]=true', ['Bolt']],
  ['filter[createdAt][gt]=2020-01-01', ['Acme', 'Bolt', 'Corr']],
  ['filter[createdAt][lt]=2020-01-01T00:00:00%2B02:00', []],
  ['filter[ownerId]=me', ['Acme', 'Bolt', 'Corr']],
  ['filter[ownerId][empty]=true', []],
  ['filter[owner.name]=Ada', ['Acme', 'Bolt', 'Corr']],
  ['filter[owner.name][ne]=Ada', []],
])('companies with %s are %j', async (query, expected) => {
  expect(await namesOf(`/companies?${query}`)).toEqual(expected);
});

it.each([
  ['contacts', 'filter[company.industry]=Mining', 'firstName', ['Ada']],
  ['contacts', 'filter[company.industry][ne]=Mining', 'firstName', ['Bob']],
  ['contacts', 'filter[company.industry][ne]=Energy', 'firstName', ['Ada', 'Bob']],
  ['contacts', 'filter[company.industry][nin]=Mining,Energy', 'firstName', ['Bob']],
  ['contacts', 'filter[company.industry][empty]=true', 'firstName', ['Bob']],
  ['contacts', 'filter[company.industry][empty]=false', 'firstName', ['Ada']],
  ['contacts', 'filter[company.employeeCount][gt]=10&filter[company.employeeCount][ne]=40', 'firstName', []],
  ['contacts', 'filter[company.employeeCount][gt]=10&filter[company.employeeCount][ne]=41', 'firstName', ['Ada']],
  ['deals', 'filter[contact.company.name][ne]=Acme', 'name', []],
  ['deals', 'filter[contact.company.name][ne]=Bolt', 'name', ['Drill', 'Pump']],
  ['deals', 'filter[company.industry][ne]=Mining', 'name', ['Drill']],
  ['contacts', 'filter[companyName][contains]=cme', 'firstName', ['Ada']],
  ['contacts', 'filter[companyName][ne]=Acme', 'firstName', ['Bob']],
  ['contacts', 'filter[companyName][nin]=Acme,Bolt', 'firstName', ['Bob']],
  ['contacts', 'filter[companyName][empty]=true', 'firstName', ['Bob']],
  ['contacts', 'filter[companyName][empty]=false', 'firstName', ['Ada']],
  ['contacts', 'filter[companyId][empty]=true&filter[firstName][startsWith]=b', 'firstName', ['Bob']],
  ['contacts', 'filter[title][contains]=0%25_s', 'firstName', ['Bob']],
  ['contacts', 'filter[title][contains]=0_%25', 'firstName', []],
  ['contacts', 'filter[doNotEmail]=true', 'firstName', ['Bob']],
  ['contacts', 'filter[email]=ADA@acme.example', 'firstName', ['Ada']],
  ['contacts', 'filter[email][contains]=acme.ex', 'firstName', ['Ada']],
  ['deals', 'filter[stage]=proposal', 'name', ['Pump']],
  ['deals', 'filter[stage][ne]=proposal', 'name', ['Drill']],
  ['deals', 'filter[stage][nin]=proposal,closed_won', 'name', ['Drill']],
  ['deals', 'filter[stageName][startsWith]=prop', 'name', ['Pump']],
  ['deals', 'filter[contact.company.name]=Acme', 'name', ['Drill', 'Pump']],
  ['deals', 'filter[expectedCloseDate][gt]=2026-05-01', 'name', ['Drill']],
  ['deals', 'filter[expectedCloseDate]=2026-05-01', 'name', ['Pump']],
  ['deals', 'filter[status]=open&filter[amount][gte]=500', 'name', ['Pump']],
  ['tasks', 'filter[dueDate][gte]=2026-03-01T10:00:00Z', 'title', ['Call']],
  ['tasks', 'filter[status][in]=completed,cancelled', 'title', []],
])('%s with %s', async (list, query, field, expected) => {
  expect(await namesOf(`/${list}?${query}`, field)).toEqual(expected);
});

it.each([
  ['filter[nosuch]=1', 'query/filter[nosuch]', 'unknown_field'],
  ['filter[owner.nosuch]=1', 'query/filter[owner.nosuch]', 'unknown_field'],
  ['filter[name][like]=1', 'query/filter[name][like]', 'unknown_operator'],
  ['filter[employeeCount][contains]=1', 'query/filter[employeeCount][contains]', 'unknown_operator'],
  ['filter[employeeCount]=many', 'query/filter[employeeCount]', 'invalid_value'],
  ['filter[createdAt][gt]=yesterday', 'query/filter[createdAt][gt]', 'invalid_value'],
  ['filter[ownerId]=you', 'query/filter[ownerId]', 'invalid_value'],
  ['filter[industry][empty]=perhaps', 'query/filter[industry][empty]', 'invalid_value'],
  ['filter[customFields]=1', 'query/filter[customFields]', 'invalid_filter'],
  ['filter[constructor]=1', 'query/filter[constructor]', 'unknown_field'],
  ['fields=name,nosuch', 'query/fields', 'unknown_field'],
  ['include=nosuch', 'query/include', 'unknown_relation'],
  ['sort=nosuch', 'query/sort', 'unknown_sort'],
  ['sort=name,domain,city,country,state', 'query/sort', 'unknown_sort'],
])('refuses %s at %s', async (query, pointer, code) => {
  const answer = await hub.call('GET', `/companies?${query}`);
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer, code }] } });
});

it('takes the same as a tree with and, or, not in a body, and names the place of what it refuses there', async () => {
  const search = (body: object) => hub.call('POST', '/companies/search', { body });
  const filter = { or: [{ name: 'Acme' }, { and: [{ industry: { empty: true } }, { not: { annualRevenue: { lt: 5 } } }] }] };
  const found = await search({ filter, sort: 'name' });
  expect(found.body.data.map((one: { name: string }) => one.name)).toEqual(['Acme', 'Corr']);
  expect(await search({ filter: { or: [{ name: 'Acme' }, { 'owner.nosuch': 1 }] } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/filter/or/1/owner.nosuch', code: 'unknown_field' }] },
  });
  expect(await search({ filter: { or: 'name' } })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/filter/or' }] } });
  expect(await search({ sort: 'nosuch' })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/sort' }] } });
  let deep: object = { name: 'Acme' };
  for (let depth = 0; depth < 30; depth++) deep = { not: deep };
  expect((await search({ filter: deep })).body.errors[0].code).toBe('invalid_filter');
  const many = { or: Array.from({ length: 150 }, () => ({ name: 'Acme' })) };
  expect((await search({ filter: many })).body.errors[0].code).toBe('invalid_filter');
});

it('shows the fields and related records that are asked for, and counts when asked', async () => {
  const { body } = await hub.call(
    'GET',
    '/contacts?fields=firstName,companyName&include=company,owner&sort=firstName&count=exact',
  );
  expect(body).toMatchObject({ count: 2, nextCursor: null });
  expect(Object.keys(body.data[0])).toEqual(['firstName', 'companyName', 'company', 'owner']);
  expect(body.data[0]).toMatchObject({
    firstName: 'Ada',
    companyName: 'Acme',
    company: { name: 'Acme', annualRevenue: '1200.50' },
    owner: { name: 'Ada' },
  });
  expect(body.data[1]).toMatchObject({ firstName: 'Bob', company: null });
  const single = await hub.call('GET', `/companies/${acme.id}?fields=id,name&include=owner`);
  expect(single.body).toEqual({ id: acme.id, name: 'Acme', owner: expect.objectContaining({ name: 'Ada' }) });
  expect((await hub.call('GET', '/companies?count=estimate')).body.count).toBeGreaterThanOrEqual(0);
});

it('answers 304 to a reader who has it already', async () => {
  for (const path of [`/companies/${acme.id}`, '/companies']) {
    const first = await hub.call('GET', path);
    expect(first.headers.etag).toMatch(/^W\/"[\w-]+"$/);
    const again = await hub.call('GET', path, { headers: { 'if-none-match': `"x", ${first.headers.etag}` } });
    expect(again).toMatchObject({ status: 304, headers: { etag: first.headers.etag } });
    expect((await hub.call('GET', path, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
  }
});
