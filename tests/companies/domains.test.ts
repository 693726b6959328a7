import { afterAll, beforeAll, expect, it } from 'vitest';
import { meetPeople } from '../../src/contacts/bulk-contacts.ts';
import { aCompany, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

it.each([
  ['https://www.Example.com:8443/a?b#c', 'example.com'],
  ['user:pass@Host.Example', 'host.example'],
  ['Bücher.example', 'xn--bcher-kva.example'],
  ['www.example', 'www.example'],
  ['mail.www.example.', 'mail.www.example'],
])('keeps the host alone of %s', async (typed, host) => {
  const company = await aCompany(hub, { domain: typed });
  expect(company.domain).toBe(host);
  await hub.call('DELETE', `/companies/${company.id}`);
});

it.each(['localhost', '://', 'a..example', 'white space.example', '-', '@'])(
  'refuses %j, in which there is no domain',
  async (typed) => {
    expect(await hub.call('POST', '/companies', { body: { name: 'X', domain: typed } })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/domain', code: 'invalid_domain' }] },
    });
    expect(await hub.call('POST', '/companies', { body: { name: 'X', otherDomains: ['a.example', typed] } })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/otherDomains/1', code: 'invalid_domain' }] },
    });
  },
);

it('gives a company several domains, one by one or together, each an edit', async () => {
  const company = await aCompany(hub, { domain: 'main.example' });
  const path = `/companies/${company.id}`;
  const added = await hub.call('POST', `${path}/domains`, { body: { domain: 'https://Second.example/' } });
  expect(added).toMatchObject({ status: 201, body: { otherDomains: ['second.example'], version: 2 } });
  const listed = (await hub.call('GET', `${path}/domains`)).body.data;
  expect(listed).toMatchObject([
    { domain: 'main.example', primary: true },
    { domain: 'second.example', primary: false },
  ]);
  expect((await hub.call('PUT', `${path}/domains/${listed[1].id}/primary`)).body).toMatchObject({
    domain: 'second.example',
    otherDomains: ['main.example'],
  });
  expect((await hub.call('PATCH', path, { body: { otherDomains: ['main.example', 'third.example'] } })).body.version).toBe(4);
  expect((await logOf(hub, company.id)).at(-1)?.data.changes).toEqual({
    otherDomains: { from: ['main.example'], to: ['main.example', 'third.example'] },
  });
  for (const domain of ['MAIN.example', 'third.example'])
    expect((await hub.call('GET', `/companies?filter[domain]=${domain}`)).body.data, domain).toMatchObject([{ id: company.id }]);
});

it('lets no two live companies have a domain, and names who has it', async () => {
  const holder = await aCompany(hub, { name: 'Holder', domain: 'h.example', otherDomains: ['h2.example'] });
  expect(await hub.call('POST', '/companies', { body: { name: 'Twin', domain: 'h2.example' } })).toMatchObject({
    status: 409,
    body: { code: 'company_domain_taken', existing: { id: holder.id, name: 'Holder' } },
  });
  await hub.call('DELETE', `/companies/${holder.id}`);
  const twin = await hub.call('POST', '/companies', { body: { name: 'Twin', domain: 'h2.example' } });
  expect(twin).toMatchObject({ status: 201, body: { restorable: { id: holder.id, name: 'Holder' } } });
  expect(await hub.call('POST', `/companies/${holder.id}/restore`)).toMatchObject({
    status: 409,
    body: { code: 'company_domain_taken', existing: { id: twin.body.id } },
  });
  await hub.call('PATCH', `/companies/${twin.body.id}`, { body: { domain: null } });
  expect((await hub.call('POST', `/companies/${holder.id}/restore`)).body).toMatchObject({ otherDomains: ['h2.example'] });
});

it('finds the company of somebody who was met by any of its domains', async () => {
  const company = await aCompany(hub, { otherDomains: ['also.example'] });
  await hub.deed((ctx) =>
    meetPeople(ctx, [
      {
        address: 'ann@also.example',
        firstName: 'Ann',
        lastName: null,
        ownerId: hub.admin.id,
        leadSource: 'email',
        companyDomain: 'also.example',
      },
    ]),
  );
  const [ann] = (await hub.call('GET', '/contacts?filter[email]=ann@also.example')).body.data;
  expect(ann).toMatchObject({ companyId: company.id });
});
