import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Hub, startHub } from '../support/hub.ts';

interface Described {
  object: string;
  fields: { name: string; type: string; operators: string[]; sortable: boolean; shown: boolean; label: string | null }[];
  relations: { name: string; object: string; field: string }[];
}

const paths: Record<string, string> = {
  contact: '/contacts',
  company: '/companies',
  deal: '/deals',
  activity: '/activities',
  task: '/tasks',
};
const id = '00000000-0000-7000-8000-000000000001';
const values: Record<string, unknown> = {
  text: 'a',
  choices: 'a',
  number: 1,
  money: '1.50',
  boolean: true,
  instant: '2026-01-31T09:00:00Z',
  day: '2026-01-31',
  id,
  user: 'me',
  ids: id,
};

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
  const types = ['text', 'number', 'boolean', 'date', 'datetime', 'select', 'multiselect', 'user'];
  for (const type of types) {
    const options = /select/.test(type) ? { options: [{ value: 'a', label: 'A' }] } : {};
    const body = { object: 'company', name: `my_${type}`, label: `My ${type}`, type, ...options };
    expect((await hub.call('POST', '/custom-fields', { body })).status).toBe(201);
  }
});
afterAll(() => hub.stop());

const described = async (key?: string): Promise<Described[]> =>
  (await hub.call('GET', '/objects', key === undefined ? {} : { key })).body.data;

it.for(Object.keys(paths))(
  'each field that %s is said to have can be shown, filtered and sorted by as it is said',
  async (object) => {
    const of = (await described()).find((one) => one.object === object);
    const path = paths[object] as string;
    expect(of?.fields.length).toBeGreaterThan(10);
    for (const { name, type, operators, sortable, shown } of of?.fields ?? []) {
      for (const operator of operators) {
        const value = operator === 'empty' ? true : /^n?in$/.test(operator) ? [values[type]] : values[type];
        const body = { filter: { [name]: { [operator]: value } }, limit: 1 };
        expect((await hub.call('POST', `${path}/search`, { body })).status, `${name} ${operator}`).toBe(200);
      }
      expect((await hub.call('GET', `${path}?limit=1&sort=${name}`)).status, `sort by ${name}`).toBe(
        sortable || name === 'id' ? 200 : 400,
      );
      if (name.startsWith('customFields.')) continue;
      expect((await hub.call('GET', `${path}?limit=1&fields=${name}`)).status, `show ${name}`).toBe(shown ? 200 : 400);
    }
    for (const { name, object: other } of of?.relations ?? []) {
      expect((await hub.call('GET', `${path}?limit=1&include=${name}`)).status, name).toBe(200);
      const first = (await described()).find((one) => one.object === other)?.fields.find(({ type }) => type === 'text');
      const body = { filter: { [`${name}.${first?.name}`]: 'a' }, limit: 1 };
      expect((await hub.call('POST', `${path}/search`, { body })).status, `${name}.${first?.name}`).toBe(200);
    }
  },
);

it('names custom fields with their labels and choices', async () => {
  const company = (await described()).find(({ object }) => object === 'company');
  expect(company?.fields.find(({ name }) => name === 'customFields.my_select')).toMatchObject({
    type: 'text',
    label: 'My select',
    options: [{ value: 'a', label: 'A' }],
  });
});

it('does not name what the caller’s role hides', async () => {
  const fields = { company: { industry: 'hidden', 'customFields.my_text': 'hidden' }, contact: { companyId: 'hidden' } };
  const role = { key: 'clerk', name: 'Clerk', permissions: { '*': { read: 'all' } }, fields };
  expect((await hub.call('POST', '/roles', { body: role })).status).toBe(201);
  const { key } = await hub.aUser('clerk');
  const text = JSON.stringify(await described(key));
  expect(text).toContain('my_number');
  expect(text).not.toMatch(/industry|my_text/);
  const contact = (await described(key)).find(({ object }) => object === 'contact');
  expect(contact?.relations.map(({ name }) => name)).toEqual(['owner']);
  expect(contact?.fields.map(({ name }) => name)).not.toContain('companyName');
});

it('does not name the custom fields of records that the caller does not read at all', async () => {
  const scopes = { objects: { contact: 'read' }, capabilities: [] };
  const { key } = (await hub.call('POST', '/keys', { body: { name: 'Contacts alone', role: 'admin', scopes } })).body;
  const objects = await described(key);
  expect(objects.map(({ object }) => object)).toContain('company');
  expect(JSON.stringify(objects)).not.toContain('my_number');
});
