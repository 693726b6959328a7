import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aCompany, aContact, aCustomField, aDeal, anActivity, aTask } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;

interface Hit {
  object: string;
  id: string;
  title: string;
  snippet: string | null;
  near: boolean;
  highlights: Record<'title' | 'subtitle' | 'snippet', [number, number][]>;
}

async function find(q: string, { key, objects }: { key?: string; objects?: string } = {}): Promise<Hit[]> {
  const query = `q=${encodeURIComponent(q)}${objects === undefined ? '' : `&objects=${objects}`}`;
  const answer = await hub.call('GET', `/search?${query}`, key === undefined ? {} : { key });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body.data;
}

const ids = (hits: readonly Hit[]): string[] => hits.map((hit) => hit.id);

/** Tables of few rows are looked through whole; in longer ones what is not among the newest is found by an index. */
describe.each([
  ['in tables of a few rows', 0],
  ['behind as many newer rows as are looked through', 1_000],
])('%s', (_, newer) => {
  beforeAll(async () => {
    hub = await startHub();
    for (const insert of newerRows) await run(`${insert} from generate_series(1, ${newer}) n`);
  });
  afterAll(() => hub.stop());

  it('finds every kind of record by its words, and says where they stand', async () => {
    await aCustomField(hub, { object: 'contact', name: 'hobby' });
    const company = await aCompany(hub, { name: 'Zephyrine Works', domain: null });
    const contact = await aContact(hub, { lastName: 'Lamb', customFields: { hobby: 'zephyrine sailing' } });
    const deal = await aDeal(hub, { name: 'Zephyrine rollout', contactId: contact.id });
    const note = await anActivity(hub, { type: 'note', subject: 'Notes', description: 'They like the zephyrine one most.' });
    const task = await aTask(hub, { title: 'Call about Zephyrine' });
    const hits = await find('zephyrine');
    expect(ids(hits).sort()).toEqual([company.id, contact.id, deal.id, note.id, task.id].sort());
    expect(hits.find((hit) => hit.id === deal.id)).toMatchObject({ object: 'deal', highlights: { title: [[0, 9]] } });
    const snippet = hits.find((hit) => hit.id === note.id);
    const [from, to] = snippet?.highlights.snippet[0] ?? [0, 0];
    expect(snippet?.snippet?.slice(from, to)).toBe('zephyrine');
  });

  it('answers the beginning of a word, and puts whole words of a name first', async () => {
    const longer = await aContact(hub, { firstName: 'Quentina', lastName: 'Moor' });
    const whole = await aContact(hub, { firstName: 'Quent', lastName: 'Moor' });
    expect(ids(await find('quen')).sort()).toEqual([longer.id, whole.id].sort());
    expect(ids(await find('quent'))).toEqual([whole.id, longer.id]);
    expect((await find('moor quentin')).filter((hit) => !hit.near)).toMatchObject([{ id: longer.id }]);
  });

  it('ignores accents and case on either side', async () => {
    const contact = await aContact(hub, { firstName: 'Zoë', lastName: 'Çelikbaş' });
    for (const q of ['zoe celikbas', 'ZOË ÇELIKBAŞ', 'Zoe\u0308']) expect(ids(await find(q)), q).toContain(contact.id);
  });

  it('finds an address and a phone number in any spelling', async () => {
    const email = 'Vesper.Lyndon@Casino-Royale.example';
    const contact = await aContact(hub, { email, phone: '+49 (0)30 5550 1234', country: 'DE' });
    for (const q of [
      email,
      email.toLowerCase(),
      'lyndon',
      'casino-royale.ex',
      '030 55501234',
      '+493055501234',
      '0049 30 5550-1234',
      '(030) 5550 12 34',
      '+49 30 555012',
    ])
      expect(ids(await find(q)), q).toContain(contact.id);
    expect(ids(await find('030 55501235'))).not.toContain(contact.id);
  });

  it('finds a two-character part of a Chinese or Japanese name', async () => {
    const chinese = await aContact(hub, { firstName: null, lastName: '欧阳小明' });
    const japanese = await aContact(hub, { firstName: null, lastName: '渡辺さくら' });
    expect(ids(await find('小明'))).toEqual([chinese.id]);
    expect(ids(await find('阳小'))).toEqual([chinese.id]);
    expect(ids(await find('明小'))).toEqual([]);
    expect(ids(await find('さく'))).toEqual([japanese.id]);
  });

  it('finds what is spelt nearly so when there is little else, and says so', async () => {
    const contact = await aContact(hub, { firstName: 'Bartholomew', lastName: 'Winterbottom' });
    expect(await find('bartolomew winterbotom')).toMatchObject([{ id: contact.id, near: true }]);
  });

  it('takes a letter too much, too few or another, two that changed places, and doubled ones for slips', async () => {
    const contact = await aContact(hub, { firstName: null, lastName: 'Wolkenstein' });
    const company = await aCompany(hub, { name: 'Kristallwerk Süd' });
    for (const q of ['wolkensteiin', 'wolkenstien', 'wolkensein', 'wolkenxtein', 'olkenstein', 'wollkensteinn'])
      expect(await find(q), q).toMatchObject([{ id: contact.id, near: true }]);
    expect(await find('Kristalwerk')).toMatchObject([{ id: company.id, near: true }]);
    for (const q of ['wolk', 'stein', 'wasserstein'])
      expect(
        (await find(q)).filter((hit) => hit.near),
        q,
      ).toEqual([]);
  });

  it('finds what is old and rare among much that is newer', async () => {
    const old = await aContact(hub, { firstName: 'Isolde', lastName: 'Brang', phone: '+43 1 9990001' });
    await run(`insert into contacts (id, first_name, last_name, search_text, created_at, updated_at)
      select ('ffffffff-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Isolde', 'Brangwyn', 'isolde brangwyn', now(), now() from generate_series(1, 1500) n`);
    expect(ids(await find('brang'))[0]).toBe(old.id);
    expect(await find('brangw')).toHaveLength(20);
    expect(ids(await find('isolde brang'))[0]).toBe(old.id);
    expect(ids(await find('9990001'))).toEqual([old.id]);
    expect(ids(await find('brang 9990001'))).toEqual([old.id]);
    await run(`delete from contacts where search_text = 'isolde brangwyn'`);
  });

  it('narrows to objects, and lists by q find the same', async () => {
    const contact = await aContact(hub, { lastName: 'Ostrogradski' });
    const deal = await aDeal(hub, { name: 'Ostrogradski deal', contactId: contact.id });
    expect(ids(await find('ostrograd', { objects: 'deal' }))).toEqual([deal.id]);
    expect((await hub.call('GET', '/contacts?q=ostrograd')).body.data).toMatchObject([{ id: contact.id }]);
    expect((await hub.call('GET', '/deals?q=ostrograd')).body.data).toMatchObject([{ id: deal.id }]);
  });

  it('follows edits and deletions', async () => {
    const contact = await aContact(hub, { lastName: 'Beforehand' });
    await hub.call('PATCH', `/contacts/${contact.id}`, { body: { lastName: 'Afterwards' } });
    expect(ids(await find('beforehand', { objects: 'contact' }))).toEqual([]);
    expect(ids(await find('afterwards', { objects: 'contact' }))).toEqual([contact.id]);
    await hub.call('DELETE', `/contacts/${contact.id}`);
    expect(ids(await find('afterwards', { objects: 'contact' }))).toEqual([]);
  });

  it('answers nothing to signs alone, and refuses what is no object', async () => {
    for (const q of ['', '   ', "'\\:*&|!()", '@']) expect(await find(q), q).toEqual([]);
    expect((await hub.call('GET', '/search?q=a&objects=contact,planet')).status).toBe(400);
    expect((await hub.call('GET', '/search')).status).toBe(400);
    expect((await hub.call('GET', '/search?q=a', { key: null })).status).toBe(401);
  });

  it('finds nothing of records that the caller does not see, and nothing by a field that is hidden from them', async () => {
    const own = { create: 'all', read: 'own', edit: 'own', delete: 'none' };
    const role = await hub.call('POST', '/roles', {
      body: { key: 'narrow', name: 'Narrow', permissions: { contact: own }, fields: { contact: { phone: 'hidden' } } },
    });
    expect(role.status, JSON.stringify(role.body)).toBe(201);
    const person = await hub.aUser('narrow');
    await aContact(hub, { lastName: 'Unseenable' });
    const mine = await aContact(hub, { lastName: 'Seenable', phone: '+43 1 7654321', ownerId: person.id });
    expect(ids(await find('unseenable', { key: person.key }))).toEqual([]);
    expect(ids(await find('unseenabel', { key: person.key }))).toEqual([]);
    expect(ids(await find('seenable', { key: person.key }))).toEqual([mine.id]);
    expect(ids(await find('7654321', { key: hub.admin.key }))).toEqual([mine.id]);
    expect(ids(await find('7654321', { key: person.key }))).toEqual([]);
    expect((await hub.call('GET', '/contacts?q=7654321', { key: person.key })).body.data).toEqual([]);
  });

  it('finds a mail by its body, its subject alone, or not at all, as far as the viewer may read it', async () => {
    const rep = await hub.aRep();
    const message = await aMessage('everything');
    expect(ids(await find('hippogriff', { key: rep.key }))).toEqual([message]);
    await showing('subject');
    expect(ids(await find('hippogriff', { key: rep.key }))).toEqual([]);
    expect(ids(await find('unicornish', { key: rep.key }))).toEqual([message]);
    expect((await find('unicornish', { key: rep.key }))[0]?.snippet).toBeNull();
    await showing('metadata');
    expect(ids(await find('unicornish', { key: rep.key }))).toEqual([]);
    expect(ids(await find('hippogriff', { key: hub.admin.key }))).toEqual([message]);
  });

  it('finds a file by its name, for those who see its record', async () => {
    const contact = await aContact(hub);
    await run(`insert into files (id, object, record_id, name, content_type, size, sha256, created_at)
      values (gen_random_uuid(), 'contact', '${contact.id}', 'Xylograph_final-2.pdf', 'application/pdf', 1, '', now())`);
    const rep = await hub.aRep();
    expect(await find('xylograph final', { key: rep.key })).toMatchObject([{ object: 'file', title: 'Xylograph_final-2.pdf' }]);
    const stranger = await hub.aUser('narrow');
    expect(await find('xylograph', { key: stranger.key })).toEqual([]);
  });
});

/** Rows of no interest, whose ids are behind all others. */
const newestId = `('ffffffff-ffff-7fff-bfff-' || lpad(n::text, 12, '0'))::uuid`;
const stage = (column: string) => `select ${column} from stages where kind = 'open' order by id limit 1`;
const newerRows = [
  `insert into contacts (id, first_name, search_text, created_at, updated_at) select ${newestId}, 'Newer', 'newer', now(), now()`,
  `insert into companies (id, name, search_text, created_at, updated_at) select ${newestId}, 'Newer', 'newer', now(), now()`,
  `insert into deals (id, name, pipeline_id, stage_id, status, probability, position, stage_entered_at, search_text, created_at, updated_at)
   select ${newestId}, 'Newer', (${stage('pipeline_id')}), (${stage('id')}), 'open', 10, n, now(), 'newer', now(), now()`,
  `insert into activities (id, type, subject, activity_date, source, created_at, updated_at)
   select ${newestId}, 'note', 'Newer', now(), 'user', now(), now()`,
  `insert into tasks (id, title, status, created_at, updated_at) select ${newestId}, 'Newer', 'pending', now(), now()`,
  `insert into files (id, object, record_id, name, content_type, size, sha256, created_at)
   select ${newestId}, 'contact', ${newestId}, 'newer.pdf', 'application/pdf', 1, '', now()`,
];

/** A mail in a mailbox of the admin's. */
async function aMessage(visibility: string): Promise<string> {
  const id = crypto.randomUUID();
  await run(`
    with box as (
      insert into mailboxes (id, owner_id, address, address_normal, imap, smtp, create_contacts, visibility, created_at, updated_at)
      values (gen_random_uuid(), '${hub.admin.id}', 'ada@acme.test', 'ada@acme.test', '{}', '{}', 'none', '${visibility}', now(), now()) returning id
    ), thread as (insert into mail_threads (id, created_at) values (gen_random_uuid(), now()) returning id
    ), mail as (
      insert into messages (id, identity, fingerprint, thread_id, owner_id, direction, kind, subject, snippet, text, sent_at, in_reply_to,
        reference_ids, size, truncated, damaged, created_at)
      select '${id}', 'one', 'one', thread.id, '${hub.admin.id}', 'in', 'human', 'A unicornish offer', '', 'It rides on a hippogriff.', now(), '{}', '{}', 1, false, false, now()
      from thread returning id
    ), person as (insert into contacts (id, first_name, created_at, updated_at) values (gen_random_uuid(), 'Mailer', now(), now()) returning id
    ), participant as (
      insert into message_participants (message_id, role, address_normal, position, name, contact_id)
      select mail.id, 'from', 'm@x.test', 0, 'Mailer', person.id from mail, person
    )
    insert into message_mailboxes (message_id, mailbox_id) select mail.id, box.id from mail, box`);
  return id;
}

const showing = (visibility: string) => run(`update mailboxes set visibility = '${visibility}'`);

const run = (text: string) => hub.deed(async (ctx) => rowsOf(ctx, SQL.raw(text)));
