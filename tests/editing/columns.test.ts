import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany, aContact, aDeal } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const address = {
  addressLine1: '1 Main Street',
  addressLine2: 'Third floor',
  city: 'Vienna',
  state: 'Vienna',
  postalCode: '1010',
  country: 'AT',
};

interface Kind {
  path: string;
  /** What a record needs at least, and does without only in part. */
  needed: Record<string, unknown>;
  /** Everything else that a person may write. */
  values: Record<string, unknown>;
  /** Fields that are never empty, with another value. */
  never?: Record<string, unknown>;
}

const kinds: Record<string, () => Promise<Kind>> = {
  contact: async () => ({
    path: 'contacts',
    needed: { firstName: 'Maria' },
    values: {
      lastName: 'Theresia',
      email: 'maria@columns.example',
      phone: '+43 1 5330000',
      mobile: '+43 664 5330000',
      title: 'Empress',
      department: 'Court',
      ...address,
      leadSource: 'trade fair',
      leadStatus: 'working',
      lifecycleStage: 'customer',
      timeZone: 'Europe/Vienna',
      companyId: (await aCompany(hub)).id,
      ownerId: hub.admin.id,
    },
    never: { doNotEmail: true },
  }),
  company: async () => ({
    path: 'companies',
    needed: { name: 'Austria AG' },
    values: {
      domain: 'columns.example',
      industry: 'Salt',
      employeeCount: 12_000,
      annualRevenue: '1234567890123.45',
      phone: '+43 1 5330001',
      website: 'https://columns.example/about',
      ...address,
      parentId: (await aCompany(hub)).id,
      ownerId: hub.admin.id,
    },
  }),
  deal: async () => ({
    path: 'deals',
    needed: { name: 'Salt for ten years', probability: 35 }, // null follows the stage again
    values: {
      amount: '1234567890123.45',
      expectedCloseDate: '2027-02-28',
      contactId: (await aContact(hub)).id,
      companyId: (await aCompany(hub)).id,
      ownerId: hub.admin.id,
    },
    never: { currency: 'CHF' },
  }),
  activity: async () => ({
    path: 'activities',
    needed: { type: 'meeting', subject: 'Audience', contactIds: [(await aContact(hub)).id, (await aContact(hub)).id].sort() },
    values: {
      description: 'About salt.',
      companyId: (await aCompany(hub)).id,
      dealId: (await aDeal(hub)).id,
      duration: 45,
      direction: 'in',
      outcome: 'agreed',
    },
    never: { activityDate: '2026-03-04T05:06:07.089Z' },
  }),
  task: async () => ({
    path: 'tasks',
    needed: { title: 'Send salt' },
    values: {
      description: 'By ship.',
      dueDate: '2031-03-04T05:06:00.000Z',
      contactId: (await aContact(hub)).id,
      companyId: (await aCompany(hub)).id,
      dealId: (await aDeal(hub)).id,
      assignedTo: hub.admin.id,
    },
    never: { status: 'in_progress', priority: 'urgent' },
  }),
};

it.each(Object.keys(kinds))('keeps every field of a %s as it was written, and clears what may be empty', async (name) => {
  const { path, needed, values, never = {} } = await (kinds[name] as () => Promise<Kind>)();
  const made = await hub.call('POST', `/${path}`, { body: { ...needed, ...values, ...never } });
  expect(made).toMatchObject({ status: 201, body: { ...needed, ...values, ...never, version: 1 } });
  const url = `/${path}/${made.body.id}`;
  expect((await hub.call('GET', url)).body).toEqual(made.body);
  const empty = Object.fromEntries(Object.keys(values).map((field) => [field, null]));
  expect((await hub.call('PATCH', url, { body: empty })).body).toMatchObject({ ...needed, ...empty, ...never, version: 2 });
  expect((await hub.call('PATCH', url, { body: values })).body).toMatchObject({ ...needed, ...values, ...never, version: 3 });
  const { data } = (await hub.call('GET', `${url}/history`)).body;
  const told = data[0].changes.map(({ field }: { field: string }) => field);
  expect(told).toEqual(expect.arrayContaining(Object.keys(values)));
  for (const field of Object.keys(never))
    expect((await hub.call('PATCH', url, { body: { [field]: null } })).body.errors, field).toMatchObject([
      { pointer: `/${field}` },
    ]);
});

it('knows the four states and four priorities of a task, and no others', async () => {
  const { body: task } = await hub.call('POST', '/tasks', { body: { title: 'States' } });
  expect(task).toMatchObject({ status: 'pending', priority: 'normal' });
  for (const [field, words] of [
    ['status', ['in_progress', 'completed', 'cancelled', 'pending']],
    ['priority', ['low', 'high', 'urgent', 'normal']],
  ] as const) {
    for (const word of words)
      expect((await hub.call('PATCH', `/tasks/${task.id}`, { body: { [field]: word } })).body[field]).toBe(word);
    expect((await hub.call('PATCH', `/tasks/${task.id}`, { body: { [field]: 'else' } })).status).toBe(400);
  }
});

it('needs of a contact a name, an address or a phone, one of them, and keeps the last of them', async () => {
  for (const body of [{ lastName: 'X' }, { email: 'one@needed.example' }, { phone: '+43 1 5330002' }, { mobile: '+43 664 1' }]) {
    const made = await hub.call('POST', '/contacts', { body });
    expect(made.status, JSON.stringify(body)).toBe(201);
    const cleared = Object.fromEntries(Object.keys(body).map((field) => [field, null]));
    expect(await hub.call('PATCH', `/contacts/${made.body.id}`, { body: cleared })).toMatchObject({
      status: 400,
      body: { errors: [{ code: 'contact_unreachable' }] },
    });
  }
  expect((await hub.call('POST', '/contacts', { body: { title: 'Nobody', city: 'Graz' } })).status).toBe(400);
});

it('keeps a phone as it was typed, and finds it in its one form with its extension', async () => {
  const { body } = await hub.call('POST', '/contacts', { body: { firstName: 'Ext', phone: '+43 (0)1 533 00 77 ext. 12' } });
  expect(body).toMatchObject({ phone: '+43 (0)1 533 00 77 ext. 12' });
  expect(body).not.toHaveProperty('warnings');
  const same = await hub.call('POST', '/contacts?match=phone', { body: { phone: '+4315330077;ext=12', city: 'Graz' } });
  expect(same).toMatchObject({ status: 200, body: { id: body.id, phone: '+43 (0)1 533 00 77 ext. 12', city: 'Graz' } });
  const another = await hub.call('POST', '/contacts?match=phone', { body: { phone: '+43 1 5330077 ext. 13' } });
  expect(another.status).toBe(201);
});

it('refuses a link to a company or a deal that is deleted, as to one that never was', async () => {
  const [company, deal] = [await aCompany(hub), await aDeal(hub)];
  for (const url of [`/companies/${company.id}`, `/deals/${deal.id}`]) await hub.call('DELETE', url);
  const contactIds = [(await aContact(hub)).id];
  for (const key of [hub.admin.key, (await hub.aRep()).key])
    for (const [path, body, field, id] of [
      ['contacts', { firstName: 'X' }, 'companyId', company.id],
      ['deals', { name: 'X' }, 'companyId', company.id],
      ['tasks', { title: 'X' }, 'companyId', company.id],
      ['tasks', { title: 'X' }, 'dealId', deal.id],
      ['activities', { type: 'note', subject: 'X', contactIds }, 'companyId', company.id],
      ['activities', { type: 'note', subject: 'X', contactIds }, 'dealId', deal.id],
    ] as const)
      expect(await hub.call('POST', `/${path}`, { key, body: { ...body, [field]: id } }), `${path} ${field}`).toMatchObject({
        status: 400,
        body: { errors: [{ pointer: `/${field}`, code: 'reference_not_found' }] },
      });
});
