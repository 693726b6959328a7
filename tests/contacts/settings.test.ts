import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany, aContact, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const set = (body: object) => hub.call('PATCH', '/settings/records', { body });

it('asks for an address of each contact as soon as the organisation wants one, and no longer than that', async () => {
  const before = await hub.call('POST', '/contacts', { body: { firstName: 'Phone', phone: '+43 1 23456' } });
  expect(before.status).toBe(201);
  expect(await set({ requireEmail: true })).toMatchObject({ status: 200, body: { requireEmail: true } });
  const refused = { status: 400, body: { errors: [{ pointer: '/email', code: 'required' }] } };
  expect(await hub.call('POST', '/contacts', { body: { firstName: 'Phone', phone: '+43 1 23456' } })).toMatchObject(refused);
  expect((await hub.call('PATCH', `/contacts/${before.body.id}`, { body: { city: 'Linz' } })).status).toBe(200);
  const addressed = await aContact(hub);
  expect(await hub.call('PATCH', `/contacts/${addressed.id}`, { body: { email: null } })).toMatchObject(refused);
  expect((await hub.call('POST', '/contacts', { body: { otherEmails: ['first@wanted.example'] } })).body).toMatchObject({
    email: 'first@wanted.example',
  });
  await set({ requireEmail: false });
  expect((await hub.call('PATCH', `/contacts/${addressed.id}`, { body: { email: null } })).body).toMatchObject({ email: null });
});

it('tells the log what was changed, and nothing when nothing was', async () => {
  const system = '00000000-0000-0000-0000-000000000000';
  const before = (await logOf(hub, system)).length;
  await set({ keepDeletedDays: 30 });
  await set({ keepDeletedDays: 30 });
  const events = (await logOf(hub, system)).slice(before);
  expect(events).toMatchObject([{ data: { changes: { keepDeletedDays: { from: 90, to: 30 } } } }]);
  expect(await set({ keepDeletedDays: 0 })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/keepDeletedDays' }] } });
  expect(await set({ defaultCountry: 'Atlantis' })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/defaultCountry' }] },
  });
});

it('shows the settings to everybody, and lets admins alone change them', async () => {
  const rep = await hub.aRep();
  expect((await hub.call('GET', '/settings/records', { key: rep.key })).status).toBe(200);
  expect((await hub.call('PATCH', '/settings/records', { key: rep.key, body: { requireEmail: true } })).status).toBe(403);
});

it('warns of a number that cannot be read, keeps it as typed, and refuses nothing', async () => {
  const made = await hub.call('POST', '/contacts', { body: { firstName: 'Ring', phone: 'ask Susi', mobile: '+43 664 1234567' } });
  expect(made).toMatchObject({
    status: 201,
    body: {
      phone: 'ask Susi',
      warnings: [{ pointer: '/phone', code: 'phone_not_read', message: expect.stringContaining('such as') }],
    },
  });
  expect(made.body.warnings).toHaveLength(1);
  const edited = await hub.call('PATCH', `/contacts/${made.body.id}`, { body: { mobile: 'none' } });
  expect(edited.body.warnings).toMatchObject([{ pointer: '/mobile' }]);
  const quiet = await hub.call('PATCH', `/contacts/${made.body.id}`, { body: { city: 'Graz', phone: '+43 316 123456' } });
  expect(quiet.body).not.toHaveProperty('warnings');
});

it('reads national numbers by the contact’s country, else the company’s, else the organisation’s', async () => {
  const byPhone = async (number: string) =>
    (await hub.call('POST', '/contacts/search', { body: { q: number } })).body.data.map((one: { id: string }) => one.id);
  const company = await aCompany(hub, { country: 'Germany' });
  await set({ defaultCountry: 'austria' });
  const own = await aContact(hub, { phone: '020 7946 0018', country: 'UK', companyId: company.id });
  const companys = await aContact(hub, { phone: '030 5550 4321', companyId: company.id });
  const organisations = await aContact(hub, { phone: '0316 765432' });
  expect(await byPhone('+442079460018')).toEqual([own.id]);
  expect(await byPhone('+493055504321')).toEqual([companys.id]);
  expect(await byPhone('+43316765432')).toEqual([organisations.id]);
  await hub.call('PATCH', `/contacts/${organisations.id}`, { body: { city: 'Graz' } });
  expect(await byPhone('+43316765432')).toEqual([organisations.id]);
  await set({ defaultCountry: null });
});

it('says since when a contact is not to be written to', async () => {
  const made = await aContact(hub, { doNotEmail: true });
  expect(made.unsubscribedAt).toBe(made.createdAt);
  const back = await hub.call('PATCH', `/contacts/${made.id}`, { body: { doNotEmail: false } });
  expect(back.body).toMatchObject({ unsubscribedAt: null, version: 2 });
  const again = await hub.call('PATCH', `/contacts/${made.id}`, { body: { doNotEmail: true } });
  expect(again.body.unsubscribedAt).toBe(again.body.updatedAt);
  await hub.call('PATCH', `/contacts/${made.id}`, { body: { city: 'Wels' } });
  expect((await hub.call('GET', `/contacts/${made.id}`)).body.unsubscribedAt).toBe(again.body.unsubscribedAt);
});

it.each([
  ['contacts', { firstName: 'X' }, { country: 'Atlantis' }, '/country', 'invalid_country'],
  ['contacts', { firstName: 'X' }, { timeZone: 'Europe/Atlantis' }, '/timeZone', 'invalid_time_zone'],
  ['companies', { name: 'X' }, { country: 'QQ' }, '/country', 'invalid_country'],
  ['companies', { name: 'X' }, { website: 'javascript:alert(1)' }, '/website', 'invalid_web_address'],
  ['deals', { name: 'X' }, { currency: 'XYZ' }, '/currency', 'invalid_currency'],
])('refuses in %s what no list has: %j with %j', async (path, body, wrong, pointer, code) => {
  const refused = { status: 400, body: { errors: [{ pointer, code, message: expect.stringMatching(/such as/) }] } };
  expect(await hub.call('POST', `/${path}`, { body: { ...body, ...wrong } })).toMatchObject(refused);
  const { body: made } = await hub.call('POST', `/${path}`, { body });
  expect(await hub.call('PATCH', `/${path}/${made.id}`, { body: wrong })).toMatchObject(refused);
});

it('keeps countries by their codes, however they are written', async () => {
  const company = await aCompany(hub, { country: 'Austria', website: 'acme.example' });
  expect(company).toMatchObject({ country: 'AT', website: 'https://acme.example' });
  const deal = await hub.call('POST', '/deals', { body: { name: 'X', currency: 'chf' } });
  expect(deal.body).toMatchObject({ currency: 'CHF' });
});

it('checks a bulk edit’s values in the same way', async () => {
  const body = { object: 'contact', filter: { firstName: 'X' }, patch: { country: 'Atlantis', timeZone: 'Mars' } };
  expect(await hub.call('POST', '/bulk-edits', { body })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/patch/country' }, { pointer: '/patch/timeZone' }] },
  });
});
