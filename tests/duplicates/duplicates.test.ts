import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { duplicatesConsumer } from '../../src/duplicates/duplicates-consumer.ts';
import { aCompany, aContact, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ consumers: [duplicatesConsumer] });
});
afterAll(() => hub.stop());

/** Waits until the consumer has handled all of the log so far. */
const settled = () =>
  eventually(async () => {
    const row = await hub.deed((ctx) =>
      rowOf<{ done: boolean }>(
        ctx,
        SQL`select position >= (select count(*) from events) as done from consumers where name = 'duplicates'`,
      ),
    );
    return row?.done;
  });

interface Found {
  id: string;
  score: number;
  reasons: string[];
  record: { id: string };
}

async function duplicatesOf(path: string, id: string, key = hub.admin.key): Promise<Found[]> {
  await settled();
  return (await hub.call('GET', `/${path}/${id}/duplicates`, { key })).body.data;
}
const idsOf = (found: Found[]): string[] => found.map(({ record }) => record.id);

it('finds contacts of the same name at the same company, however it is written', async () => {
  const { id: companyId } = await aCompany(hub);
  const { id: elsewhere } = await aCompany(hub);
  const first = await aContact(hub, { firstName: 'José', lastName: 'Núñez', companyId });
  const second = await aContact(hub, { firstName: 'NUNEZ', lastName: 'Jose', companyId });
  await aContact(hub, { firstName: 'José', lastName: 'Núñez', companyId: elsewhere });
  const found = await duplicatesOf('contacts', first.id);
  expect(found).toMatchObject([{ reasons: ['same_name_and_company'], score: 90, record: { id: second.id } }]);
  expect(await duplicatesOf('contacts', second.id)).toMatchObject([{ id: found[0]?.id, record: { id: first.id } }]);
});

it('finds contacts of the same number in whatever spelling, and scores higher what agrees in more', async () => {
  const { id: companyId } = await aCompany(hub);
  const first = await aContact(hub, { firstName: 'Ada', lastName: 'Lovelace', companyId, phone: '+43 1 2223344' });
  const same = await aContact(hub, { firstName: 'A.', lastName: 'Lovelace', companyId, mobile: '+4312223344' });
  const other = await aContact(hub, { firstName: 'Zoe', lastName: 'Zimt', phone: '0043 1 222 33 44', country: 'AT' });
  const found = await duplicatesOf('contacts', first.id);
  expect(idsOf(found)).toEqual([same.id, other.id]);
  expect(found).toMatchObject([
    { score: 76, reasons: ['same_phone', 'same_initial_and_company'] },
    { score: 60, reasons: ['same_phone'] },
  ]);
});

it('takes the company of a contact without one from the domain of their address', async () => {
  const company = await aCompany(hub, { domain: 'near.example' });
  const first = await aContact(hub, { firstName: 'Nia', lastName: 'Near', companyId: company.id });
  const second = await aContact(hub, { firstName: 'Nia', lastName: 'Near', email: 'nia@near.example' });
  expect(idsOf(await duplicatesOf('contacts', first.id))).toEqual([second.id]);
});

it('finds companies by name without legal form, number, and the name in their domain', async () => {
  const first = await aCompany(hub, { name: 'Blue Ocean GmbH', domain: 'blueocean.example' });
  const name = await aCompany(hub, { name: 'The Blue Ocean Inc.' });
  const domain = await aCompany(hub, { name: 'BO', domain: null, website: 'https://www.blueocean.co.uk/about' });
  expect(await duplicatesOf('companies', first.id)).toMatchObject([
    { score: 80, reasons: ['same_name'], record: { id: name.id, name: 'The Blue Ocean Inc.' } },
    { score: 50, reasons: ['same_domain_name'], record: { id: domain.id } },
  ]);
});

it('follows edits, deletion and restoring', async () => {
  const { id: companyId } = await aCompany(hub);
  const first = await aContact(hub, { firstName: 'Moving', lastName: 'Target', companyId });
  const second = await aContact(hub, { firstName: 'Another', lastName: 'Name', companyId });
  expect(await duplicatesOf('contacts', first.id)).toEqual([]);
  await hub.call('PATCH', `/contacts/${second.id}`, { body: { firstName: 'Moving', lastName: 'Target' } });
  expect(idsOf(await duplicatesOf('contacts', first.id))).toEqual([second.id]);
  await hub.call('DELETE', `/contacts/${second.id}`);
  expect(await duplicatesOf('contacts', first.id)).toEqual([]);
  await hub.call('POST', `/contacts/${second.id}/restore`);
  expect(idsOf(await duplicatesOf('contacts', first.id))).toEqual([second.id]);
  await hub.call('PATCH', `/contacts/${second.id}`, { body: { companyId: null } });
  expect(await duplicatesOf('contacts', first.id)).toEqual([]);
});

it('tells possible duplicates with the new record when asked to, and only then', async () => {
  const known = await aContact(hub, { firstName: 'Known', phone: '+43 1 6667788' });
  await settled();
  const body = { firstName: 'Fresh', phone: '+43 1 6667788' };
  const plain = await hub.call('POST', '/contacts', { body });
  expect(plain.body.possibleDuplicates).toBeUndefined();
  await settled();
  const asked = await hub.call('POST', '/contacts?duplicates=true', { body });
  expect(asked).toMatchObject({ status: 201, body: { firstName: 'Fresh' } });
  const found = asked.body.possibleDuplicates as Found[];
  expect(idsOf(found).sort()).toEqual([known.id, plain.body.id].sort());
  expect(found[0]).toMatchObject({ score: 60, reasons: ['same_phone'] });
  const company = await aCompany(hub, { name: 'Twice Told' });
  await settled();
  const again = await hub.call('POST', '/companies?duplicates=true', { body: { name: 'twice told Ltd' } });
  expect(again.body.possibleDuplicates).toMatchObject([{ reasons: ['same_name'], record: { id: company.id } }]);
});

it('lists pairs to review, the likeliest first, and pages through them', async () => {
  await settled();
  const seen: { id: string; score: number; records: { id: string }[] }[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { status, body } = await hub.call('GET', `/duplicates?limit=2${cursor && `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    seen.push(...body.data);
    cursor = body.nextCursor;
  }
  expect(seen.length).toBeGreaterThan(4);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  const scores = seen.map(({ score }) => score);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  const companies = await hub.call('GET', '/duplicates?object=company');
  expect(companies.body.data[0]).toMatchObject({ object: 'company', records: [{ name: expect.any(String) }, {}] });
});

it('remembers a dismissal, through later edits too', async () => {
  const phone = '+43 1 1112223';
  const [first, second] = [await aContact(hub, { phone }), await aContact(hub, { phone })];
  const [pair] = await duplicatesOf('contacts', first.id);
  const dismiss = () => hub.call('POST', `/duplicates/${pair?.id}/dismiss`);
  expect((await dismiss()).status).toBe(204);
  expect((await dismiss()).status).toBe(204);
  await hub.call('PATCH', `/contacts/${second.id}`, { body: { firstName: 'Changed' } });
  expect(await duplicatesOf('contacts', first.id)).toEqual([]);
  const third = await hub.call('POST', '/contacts?duplicates=true', { body: { firstName: 'Third', phone } });
  expect(third.body.possibleDuplicates).toHaveLength(2);
  const told = [...(await logOf(hub, first.id)), ...(await logOf(hub, second.id))].map(({ type }) => type);
  expect(told.filter((type) => type === 'contact.duplicate_dismissed')).toHaveLength(1);
});

it('shows a pair to who sees both records, and lets who may edit one of them dismiss it', async () => {
  const permissions = { contact: { create: 'all', read: 'own', edit: 'own' } };
  await hub.call('POST', '/roles', { body: { key: 'apart', name: 'Apart', permissions } });
  const [one, two] = [await hub.aUser('apart'), await hub.aUser('apart')];
  const phone = '+43 1 9998887';
  const mine = await aContact(hub, { phone, key: one.key });
  const theirs = await aContact(hub, { phone, key: two.key });
  const [pair] = await duplicatesOf('contacts', mine.id);
  expect(pair?.record.id).toBe(theirs.id);
  expect(await duplicatesOf('contacts', mine.id, one.key)).toEqual([]);
  expect((await hub.call('GET', '/duplicates', { key: one.key })).body.data).toEqual([]);
  const dismiss = (key: string) => hub.call('POST', `/duplicates/${pair?.id}/dismiss`, { key });
  expect(await dismiss(one.key)).toMatchObject({ status: 404, body: { code: 'duplicate_not_found' } });
  const rep = await hub.aRep();
  expect(await dismiss(rep.key)).toMatchObject({ status: 403, body: { permission: 'contact:edit' } });
  await hub.call('PATCH', `/contacts/${theirs.id}`, { body: { ownerId: rep.id } });
  expect((await dismiss(rep.key)).status).toBe(204);
});

it('tells nobody that two records have a field in common that is hidden from them', async () => {
  const all = { create: 'all', read: 'all', edit: 'all' };
  const fields = { contact: { phone: 'hidden' } };
  await hub.call('POST', '/roles', { body: { key: 'mute', name: 'Mute', permissions: { contact: all, company: all }, fields } });
  const { key } = await hub.aUser('mute');
  const companyId = (await aCompany(hub)).id;
  const [one, two] = [await aContact(hub, { phone: '+43 1 7776665' }), await aContact(hub, { phone: '+43 1 7776665' })];
  const named = { firstName: 'Nora', lastName: 'Sameness', companyId };
  const [three, four] = [await aContact(hub, named), await aContact(hub, named)];
  const [pair] = await duplicatesOf('contacts', one.id);
  expect(pair?.record.id).toBe(two.id);
  expect(await duplicatesOf('contacts', one.id, key)).toEqual([]);
  expect(idsOf(await duplicatesOf('contacts', three.id, key))).toEqual([four.id]);
  const listed = (await hub.call('GET', '/duplicates?limit=200', { key })).body.data as { id: string; reasons: string[] }[];
  expect(listed.flatMap(({ reasons }) => reasons)).not.toContain('same_phone');
  expect(listed.length).toBeGreaterThan(0);
  expect(await hub.call('POST', `/duplicates/${pair?.id}/dismiss`, { key })).toMatchObject({
    status: 404,
    body: { code: 'duplicate_not_found' },
  });
  const asked = await hub.call('POST', '/contacts?duplicates=true', { key, body: { ...named, mobile: '+43 1 7776665' } });
  const told = asked.body.possibleDuplicates as Found[];
  expect(idsOf(told).sort()).toEqual([three.id, four.id].sort());
});

it('makes no pairs of what too many share', async () => {
  const phone = '+43 1 5000000';
  for (let n = 0; n < 23; n++) await aContact(hub, { phone });
  await settled();
  const last = await aContact(hub, { phone });
  expect(await duplicatesOf('contacts', last.id)).toEqual([]);
});

it('looks keys up by their index also when the table was empty as that was planned', async () => {
  const stats = async () =>
    (await hub.deed((ctx) =>
      rowOf<{ made: number; read: number }>(
        ctx,
        SQL`select n_tup_ins::float8 as made, seq_tup_read::float8 as read from pg_stat_user_tables where relname = 'duplicate_keys'`,
      ),
    )) ?? { made: 0, read: 0 };
  const client = new pg.Client({ connectionString: hub.database.url });
  await client.connect();
  await client.query('delete from duplicate_keys');
  await client.query('vacuum analyze duplicate_keys');
  for (let n = 0; n < 30; n++) {
    await aContact(hub); // no number, no company: it has no keys; and every connection has planned by the last
    await settled();
  }
  await client.query('insert into duplicate_keys (key, record_id) select n, gen_random_uuid() from generate_series(1, 20000) n');
  await client.end();
  const before = await eventually(async () => {
    const now = await stats();
    return now.made >= 20_000 ? now : undefined;
  });
  await aContact(hub, { phone: '+43 1 900009' });
  const after = await eventually(async () => {
    const now = await stats();
    return now.made > before.made ? now : undefined;
  });
  expect(after.read - before.read).toBeLessThan(20_000);
});
