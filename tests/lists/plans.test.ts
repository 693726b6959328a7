import type { RawBuilder } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { activityObject } from '../../src/activities/activity.object.ts';
import { companyObject } from '../../src/companies/company.object.ts';
import { contactObject } from '../../src/contacts/contact.object.ts';
import { type Context, reading, rootCause, rowsOf, systemActor } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { dealObject } from '../../src/deals/deal.object.ts';
import { listRecords } from '../../src/lists.ts';
import { knownFields, type ObjectType } from '../../src/objects.ts';
import { taskObject } from '../../src/tasks/task.object.ts';
import { ListQuery } from '../../src/wire.ts';
import { type Call, type Hub, startHub } from '../support/hub.ts';
import { manyRecords, size } from '../support/many-records.ts';
import { plansOf as carriedOut, rowsLookedAt, type Step, stepsOf } from '../support/plans.ts';

let hub: Hub;
/** From 17 on Postgres knows the order of rows that were chosen in it; before, it sorts once more what is planned as 300. */
let knowsTheirOrder: boolean;
beforeAll(async () => {
  hub = await startHub();
  await hub.deed(async (ctx) => {
    for (const statement of manyRecords(hub.admin.id)) await rowsOf(ctx, statement);
  });
  const client = new pg.Client({ connectionString: hub.database.url });
  await client.connect();
  await client.query('vacuum analyze');
  knowsTheirOrder = Number((await client.query('show server_version_num')).rows[0].server_version_num) >= 170_000;
  await client.end();
}, 600_000);
afterAll(() => hub.stop());

const objects: [string, ObjectType][] = [
  ['contacts', contactObject],
  ['companies', companyObject],
  ['deals', dealObject],
  ['tasks', taskObject],
  ['activities', activityObject],
];

/** Values of the filters that the screens and integrators use, by field. */
const filters: Record<string, string[]> = {
  contacts: ['companyId', 'anyCompanyId', 'ownerId', 'city', 'leadStatus', 'email', 'company.industry'],
  companies: ['industry', 'domain', 'ownerId', 'country', 'parentId'],
  deals: ['stage', 'status', 'contactId', 'anyContactId', 'companyId', 'ownerId', 'expectedCloseDate', 'contact.city'],
  tasks: ['assignedTo', 'contactId', 'dealId', 'status'],
  activities: ['contactId', 'companyId', 'dealId', 'type'],
};

const examples: Record<string, string> = {
  expectedCloseDate: '2026-12-01',
  email: 'p7@list.example',
  stage: 'proposal',
  type: 'meeting',
  status: 'won',
};

const example = (name: string): string => (/(Id|To)$/.test(name) ? hub.admin.id : (examples[name] ?? 'C7'));

/** Statements that a list sends, explained instead: the plans' lines. */
async function plansOf(type: ObjectType, query: Record<string, unknown>): Promise<string> {
  const doing = { actor: systemActor, cause: rootCause({ kind: 'cli' }) };
  return reading(hub.services, doing, async (ctx) => {
    const seen: string[] = [];
    const executor = ctx.reads.getExecutor();
    const explain = async (compiled: { sql: string | { text: string } }) => {
      const text = typeof compiled.sql === 'string' ? compiled.sql : compiled.sql.text;
      if (/log_head/.test(text)) return executor.executeQuery(compiled as never);
      const { rows } = await executor.executeQuery({ ...compiled, sql: `explain ${text}` } as never);
      seen.push(...(rows as { 'QUERY PLAN': string }[]).map((row) => row['QUERY PLAN']));
      return { rows: [{ data: null, more: false, id: null }] };
    };
    const explaining = new Proxy(executor, {
      get: (real, key) => (key === 'executeQuery' ? explain : (Reflect.get(real, key) as () => unknown).bind(real)),
    });
    const reads = { getExecutor: () => explaining, executeQuery: explain } as unknown as Context['reads']; // the part that readers use
    await listRecords({ ...ctx, reads } as Context, type, ListQuery.parse(query));
    return seen.join('\n');
  });
}

const scans = (plan: string): string[] =>
  plan.split('\n').filter((line) => /Seq Scan on (?!stages|users|pipelines|activity_types)/.test(line));

/** The most rows that a plan sorts by itself: few, such as those without the field, when there are few. */
const sortedRows = (plan: string): number =>
  Math.max(0, ...[...plan.matchAll(/Sort {2}\(cost=\S+ rows=(\d+)/g)].map((match) => Number(match[1])));

it.each(objects)('serves every sort of %s by an index, at whichever depth', async (name, type) => {
  const fields = await hub.deed(async (ctx) => knownFields(ctx, type));
  const sortable = Object.entries(fields).filter(([, { type: kind, sorted }]) => kind !== 'other' && sorted !== null);
  for (const [field] of sortable) {
    for (const sort of [field, `-${field}`]) {
      const plan = await plansOf(type, { sort });
      expect(plan, `${name} by ${sort}`).toMatch(/Index/);
      expect(scans(plan), `${name} by ${sort}\n${plan}`).toEqual([]);
      expect(sortedRows(plan), `${name} by ${sort}\n${plan}`).toBeLessThan(1_000);
      const { nextCursor } = (await hub.call('GET', `/${name}?sort=${sort}&limit=200`)).body;
      const further = await plansOf(type, { sort, cursor: nextCursor });
      expect(scans(further), `${name} by ${sort}, further\n${further}`).toEqual([]);
    }
  }
});

it.each(objects)('serves the filters of %s that screens and integrators use by an index', async (name, type) => {
  for (const field of filters[name] ?? []) {
    const plan = await plansOf(type, { filter: { [field]: example(field) } });
    expect(scans(plan), `${name} by ${field}\n${plan}`).toEqual([]);
  }
});

const narrowed: [string, Record<string, unknown>][] = [
  ['filtered by what only the last have', { filter: { leadSource: 'fair 2019' }, sort: '-createdAt' }],
  ['filtered by two fields and sorted by a third', { filter: { leadStatus: 'new', city: 'C7' }, sort: 'lastName' }],
  ['filtered by what few have and sorted', { filter: { title: 'T8', state: 'S8' }, sort: '-updatedAt' }],
  ['of a word that none has', { q: 'zephyrine' }],
  ['of a word that one has, sorted', { q: 'l77', sort: 'city' }],
  ['of a word that all have', { q: 'F' }],
  ['of a word with the beginning of one that all have', { q: 'p77@list.example f' }],
  ['of a phone number', { q: '+1 77001' }],
  ['of a word among few', { q: 'zephyrine', filter: { city: 'C7' }, sort: 'lastName' }],
];

it.each(narrowed)('reads a list of contacts %s without looking through the table', async (_, query) => {
  const plans = await carriedOut(hub, (ctx) => listRecords(ctx, contactObject, ListQuery.parse(query)));
  expect(rowsLookedAt(plans), JSON.stringify(plans, null, 1)).toBeLessThan(size / 10);
});

const byNames = [contactObject, companyObject].flatMap((type) =>
  (type.narrowed?.sorts ?? []).flatMap((sort) => (type.narrowed?.by ?? []).map((field) => [type, field, sort] as const)),
);

it.each(byNames.map(([type, field, sort]) => [`${type.table} of one ${field}`, sort, type, field] as const))(
  'passes within the index what is not to be in a list of %s, sorted by %s',
  async (_, sort, type, field) => {
    const column = columnOf(field);
    for (const order of [sort, `-${sort}`]) {
      const plan = await plansOf(type, { filter: { [field]: ofMany[field] ?? hub.admin.id }, sort: order });
      expect(plan, plan).toMatch(new RegExp(`Index Cond: .*\\b${column} = `));
      expect(plan, plan).not.toMatch(/CTE/);
      expect(sortedRows(plan), plan).toBeLessThan(10);
    }
  },
);

const passed = [
  ['city', 'updatedAt'],
  ['state', 'updatedAt'],
  ['leadSource', 'lastName'],
] as const;

it.each(passed)('passes contacts not of one %s within the index of %s, when many are', async (field, sort) => {
  const column = columnOf(field);
  for (const order of [sort, `-${sort}`]) {
    const plan = await plansOf(contactObject, { filter: { [field]: ofMany[field] }, sort: order });
    expect(plan, plan).toMatch(new RegExp(`using contacts_sorted_(last_name|updated_at) .*\\n *Index Cond: .*\\b${column} = `));
    expect(sortedRows(plan), plan).toBeLessThan(knowsTheirOrder ? 60 : 301);
  }
});

/** What a good part of the records have. */
const ofMany: Record<string, string> = {
  lifecycleStage: 'lead',
  leadStatus: 'new',
  city: 'Metropolis',
  state: 'S7',
  leadSource: 'web',
  industry: 'I2',
};

it.each(['city', 'state', 'title', 'department'])(
  'reads of the contacts of one %s no more than the page from the table',
  async (field) => {
    const value = { city: 'C7', state: 'S7', title: 'T8', department: 'D7' }[field];
    for (const sort of ['name', '-lastName', '-createdAt']) {
      const plans = await carriedOut(hub, (ctx) =>
        listRecords(ctx, contactObject, ListQuery.parse({ filter: { [field]: value }, sort })),
      );
      expect(heapRows(plans), JSON.stringify(plans, null, 1)).toBeLessThanOrEqual(51);
    }
  },
);

/** How many contacts are read from the table. */
const heapRows = (plans: readonly Step[]): number =>
  stepsOf(plans)
    .filter((step) => step['Relation Name'] === 'contacts' && step['Node Type'] !== 'Index Only Scan')
    .reduce((sum, step) => sum + step['Actual Loops'] * (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)), 0);

const values: Record<string, string[]> = {
  city: ['C7', 'Metropolis'],
  state: ['S7'],
  title: ['T8'],
  department: ['D7'],
  leadSource: ['web', 'fair 2019'],
};
const within = Object.entries(contactObject.within ?? {}).flatMap(([sort, fields]) =>
  fields.flatMap((field) => (values[field] ?? []).map((value) => [field, value, sort] as const)),
);

it.each(within)(
  'reads no more than the page of the contacts with %s %s, by %s, however many they are',
  async (field, value, sort) => {
    for (const order of [sort, `-${sort}`]) {
      const query = { filter: { [field]: value }, sort: order, limit: 50 };
      const { nextCursor } = (await hub.call('POST', '/contacts/search', { body: query })).body;
      for (const cursor of [undefined, nextCursor]) {
        const plans = await carriedOut(hub, (ctx) => listRecords(ctx, contactObject, ListQuery.parse({ ...query, cursor })));
        expect(rowsLookedAt(plans), JSON.stringify(plans, null, 1)).toBeLessThan(5 * 51);
        const indexes = stepsOf(plans).flatMap((step) =>
          step['Relation Name'] === 'contacts' ? (step['Index Name'] ?? []) : [],
        );
        expect(indexes).not.toEqual([]);
        // What an index passes until it has the page is not counted among what is looked at: it is to be one of that field.
        for (const index of indexes) expect(index).toMatch(new RegExp(`^contacts_(sorted_)?${columnOf(field)}(_|$)`));
      }
    }
  },
);

const columnOf = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const byAgeAndNames = ['name', 'lastName', '-createdAt'];

it.each(byAgeAndNames)('reads the contacts of companies that a filter finds within an index, by %s', async (sort) => {
  for (const filter of [{ 'company.industry': 'I2' }, { 'company.city': 'C7' }]) {
    const plans = await carriedOut(hub, (ctx) => listRecords(ctx, contactObject, ListQuery.parse({ filter, sort })));
    expect(heapRows(plans), JSON.stringify(plans, null, 1)).toBeLessThanOrEqual(51);
  }
});

it.each(byAgeAndNames)('finds many companies of a filter at once, and looks nothing up for each of them, by %s', async (sort) => {
  const query = ListQuery.parse({ filter: { 'company.industry': 'I2' }, sort });
  const plans = await carriedOut(hub, (ctx) => listRecords(ctx, contactObject, query));
  const looks = stepsOf(plans)
    .filter((step) => step['Relation Name'] !== undefined)
    .reduce((sum, step) => sum + step['Actual Loops'], 0);
  expect(looks, JSON.stringify(plans, null, 1)).toBeLessThan(2 * 51 + 10); // the page's own, and their companies' names
});

/** Of 2,000 companies, of 4,000, and of 2,000 whose contacts are not among the first. */
const ofCompanies: [string, Record<string, unknown>, RawBuilder<unknown>][] = [
  ['met on the way', { 'company.industry': 'I2' }, SQL`companies.industry = 'I2'`],
  ['of too many companies', { 'company.industry': { in: ['I2', 'I4'] } }, SQL`companies.industry in ('I2', 'I4')`],
  [
    'looked up in the end',
    { 'company.industry': 'I2', leadSource: 'fair 2019' },
    SQL`companies.industry = 'I2' and lead_source = 'fair 2019'`,
  ],
  ['of none of these companies', { 'company.industry': { ne: 'I2' } }, SQL`companies.industry is distinct from 'I2'`],
];

it.each(ofCompanies)('gives the contacts %s, all of them and in order', async (_, filter, condition) => {
  await givesAll(hub.call, { filter, condition });
});

it('gives those of many companies to a caller who sees some of them and of the contacts', async () => {
  const rep = await hub.aRep();
  await hub.call('PATCH', '/roles/rep', {
    body: { permissions: { contact: { read: 'own' }, company: { read: 'own' } }, confirm: true },
  });
  await hub.deed(async (ctx) => {
    await rowsOf(ctx, SQL`update companies set owner_id = ${rep.id} where industry = 'I2' and employee_count % 3 > 0`);
    await rowsOf(
      ctx,
      SQL`update contacts set owner_id = ${rep.id} 
        where substr(last_name, 2)::int % 7 > 0 and company_id in (select id from companies where industry = 'I2')`,
    );
  });
  const call: Call = (method, path, options) => hub.call(method, path, { ...options, key: rep.key });
  const condition = SQL`companies.industry = 'I2' and companies.owner_id = ${rep.id} and contacts.owner_id = ${rep.id}`;
  await givesAll(call, { filter: { 'company.industry': 'I2' }, condition });
});

/** Asks for pages of a filter until 90 are there or no more, and compares with plain SQL. */
async function givesAll(call: Call, { filter, condition }: { filter: Record<string, unknown>; condition: RawBuilder<unknown> }) {
  for (const [sort, order] of [
    ['-createdAt', 'contacts.created_at desc, contacts.id desc'],
    ['lastName', 'contacts.last_name, contacts.id'],
  ]) {
    const all = await hub.deed((ctx) =>
      rowsOf<{ id: string }>(
        ctx,
        SQL`select contacts.id from contacts join companies on companies.id = company_id where ${condition}
            order by ${SQL.raw(order ?? '')} limit 90`,
      ),
    );
    expect(all.length).toBeGreaterThan(30);
    const met: string[] = [];
    for (let cursor: string | undefined; met.length < all.length; ) {
      const { status, body } = await call('POST', '/contacts/search', { body: { filter, sort, limit: 30, cursor } });
      expect(status, JSON.stringify(body)).toBe(200);
      met.push(...body.data.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor ?? undefined;
      if (cursor === undefined) break;
    }
    expect(met).toEqual(all.map(({ id }) => id));
  }
}
