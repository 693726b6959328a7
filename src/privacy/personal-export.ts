import { activityObject } from '../activities/activity.object.ts';
import { consentsJson } from '../contacts/consents.ts';
import { contactCompaniesJson } from '../contacts/contact-companies.ts';
import { getContact } from '../contacts/contacts.ts';
import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { dealObject } from '../deals/deal.object.ts';
import { getMessage } from '../email/messages.ts';
import { emit } from '../emit.ts';
import { unavailable } from '../errors.ts';
import { historyOf } from '../history/history.ts';
import { hiddenFields, reachOf, visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listRecords } from '../lists.ts';
import type { Field, ObjectType } from '../objects.ts';
import type { FileStore } from '../ports.ts';
import { taskObject } from '../tasks/task.object.ts';
import { columnsOf, jsonOf } from '../wire.ts';
import type { ZipEntry } from '../zip.ts';

/** What its run lets an export do: each piece is read for itself, so that a long one holds no connection. */
export interface ExportDoor {
  read<T>(work: (ctx: Context) => Promise<T>): Promise<T>;
  transact<T>(work: (ctx: Context) => Promise<T>): Promise<T>;
  files: FileStore;
}

/** How many files an export has, for now, and how many bytes those have that people stored. */
export async function measureExport(ctx: Context, contactId: string): Promise<{ total: number; bytes: number }> {
  const files = await rowOf<{ count: number; bytes: number }>(
    ctx,
    SQL`select count(*)::int as count, coalesce(sum(size), 0)::float8 as bytes from files where ${ofPerson(ctx, contactId)}`,
  );
  return { total: jsonFiles + (files?.count ?? 0), bytes: files?.bytes ?? 0 };
}

const jsonFiles = 11;

/** Everything kept on a person, as far as its asker may see it: JSON by kind, and the files. */
export async function* personalExport(door: ExportDoor, contactId: string): AsyncGenerator<ZipEntry> {
  const pages = (page: Page) => jsonPages(door, page);
  const filter = { contactId };
  yield { name: 'contact.json', content: once(() => door.read((ctx) => getContact(ctx, contactId))) };
  yield { name: 'addresses.json', content: once(() => door.read((ctx) => addressesJson(ctx, contactId))) };
  yield { name: 'companies.json', content: once(() => door.read((ctx) => contactCompaniesJson(ctx, contactId))) };
  yield { name: 'consents.json', content: once(() => door.read((ctx) => consentsJson(ctx, contactId))) };
  yield { name: 'history.json', content: pages((ctx, page) => historyOf(ctx, { object: 'contact', id: contactId }, page)) };
  yield { name: 'activities.json', content: pages(recordsOf(activityObject, filter)) };
  yield { name: 'tasks.json', content: pages(recordsOf(taskObject, filter)) };
  yield { name: 'deals.json', content: pages(recordsOf(dealObject, { anyContactId: contactId })) };
  yield { name: 'messages.json', content: messages(door, contactId) };
  yield { name: 'webhooks.json', content: byId(door, (ctx, after) => receipts(ctx, contactId, after)) };
  yield { name: 'files.json', content: byId(door, (ctx, after) => fileRows(ctx, contactId, after)) };
  yield* contents(door, contactId);
}

type Page = (ctx: Context, page: { limit: number; cursor?: string | undefined }) => Promise<JsonText>;

/** Deleted records among them, until they are purged: they are kept. */
function recordsOf(type: ObjectType, filter: Record<string, unknown>): Page {
  const { fields } = type;
  const deletedAt: Field = { expression: `${type.table}.deleted_at`, type: 'instant', nullable: true, sorted: null };
  const all = typeof fields === 'function' ? (ctx: Context) => ({ ...fields(ctx), deletedAt }) : { ...fields, deletedAt };
  const kept: ObjectType = { ...type, live: 'true', fields: all };
  return (ctx, page) => listRecords(ctx, kept, { ...page, filter });
}

const rowsAtOnce = 200;

async function* once(text: () => Promise<string>): AsyncGenerator<string> {
  yield await text();
}

/** The pages of a list as one JSON array. */
async function* jsonPages({ read }: ExportDoor, page: Page): AsyncGenerator<string> {
  yield* array(async function* rows() {
    for (let cursor: string | undefined; ; ) {
      const at = cursor;
      const { text } = await read(async (ctx) => (await page(ctx, { limit: rowsAtOnce, cursor: at })).ready());
      const { data, nextCursor } = JSON.parse(text) as { data: unknown[]; nextCursor: string | null }; // as listOf made it
      yield* data;
      if (nextCursor === null) return;
      cursor = nextCursor;
    }
  });
}

type ById<Row extends { id: string }> = (ctx: Context, after: string) => Promise<Row[]>;

const first = '00000000-0000-0000-0000-000000000000';

async function* rowsById<Row extends { id: string }>({ read }: ExportDoor, page: ById<Row>): AsyncGenerator<Row> {
  for (let after = first; ; ) {
    const from = after;
    const rows = await read((ctx) => page(ctx, from));
    yield* rows;
    if (rows.length < rowsAtOnce) return;
    after = rows.at(-1)?.id ?? after;
  }
}

const byId = <Row extends { id: string }>(door: ExportDoor, page: ById<Row>): AsyncGenerator<string> =>
  array(() => rowsById(door, page));

async function* array(rows: () => AsyncIterable<unknown>): AsyncGenerator<string> {
  let before = '[';
  for await (const row of rows()) {
    yield `${before}\n${JSON.stringify(row)}`;
    before = ',';
  }
  yield before === '[' ? '[]\n' : '\n]\n';
}

/** Mail as far as it is open to the caller. Whoever reads the words of mail that is in no mailbox of theirs leaves a trace of each. */
function messages(door: ExportDoor, contactId: string): AsyncGenerator<string> {
  return array(async function* shown() {
    for await (const { id } of rowsById(door, (ctx, after) => messageIds(ctx, contactId, after))) {
      const message = await door.read((ctx) => getMessage(ctx, id));
      if (message.openness === 'everything')
        await door.transact(async (ctx) => void emit(ctx, 'message.read', { messageId: id }));
      yield message;
    }
  });
}

const messageIds = (ctx: Context, contactId: string, after: string): Promise<{ id: string }[]> =>
  rowsOf(
    ctx,
    SQL`select messages.id from messages where messages.id > ${after}::uuid and ${visible(ctx, 'message', 'messages')}
          and messages.id in (select message_id from message_participants where contact_id = ${contactId})
        order by messages.id limit ${rowsAtOnce}`,
  );

async function addressesJson(ctx: Context, contactId: string): Promise<string> {
  if (hiddenFields(ctx.actor, 'contact').has('email')) return '[]\n';
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select coalesce(json_agg(${SQL.raw(jsonOf(addressColumns))} order by id), '[]')::text as json from contact_emails where contact_id = ${contactId}`,
  );
  return `${row?.json ?? '[]'}\n`;
}

const addressColumns = columnsOf('contact_emails', 'address isPrimary active createdAt:instant');
const receiptColumns = columnsOf('webhook_receipts', 'id sourceId state receivedAt:instant headers');
const fileColumns = columnsOf('files', 'id object recordId name contentType size:text sha256 createdBy createdAt:instant');

/** What webhooks brought, to those who may read sources of webhooks. */
async function receipts(ctx: Context, contactId: string, after: string): Promise<{ id: string }[]> {
  if (reachOf(ctx.actor, 'webhook_source', 'read') !== 'all') return [];
  const rows = await rowsOf<{ json: { id: string }; body: Buffer }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(receiptColumns))} as json, body from webhook_receipts
        where contact_id = ${contactId} and id > ${after}::uuid order by id limit ${rowsAtOnce}`,
  );
  return rows.map(({ json, body }) => ({ ...json, body: body.toString('utf8') }));
}

interface StoredFile {
  id: string;
  name: string;
  sha256: string;
}

/** Files on the contact, and on those of their activities and tasks that the caller sees. */
const ofPerson = (ctx: Context, contactId: string) =>
  SQL`((files.object = 'contact' and files.record_id = ${contactId})
    or (files.object = 'activity' and files.record_id in (select activities.id from activities join activity_links l on l.activity_id = activities.id
      where l.contact_id = ${contactId} and ${visible(ctx, 'activity', 'activities')}))
    or (files.object = 'task' and files.record_id in (select tasks.id from tasks
      where tasks.contact_id = ${contactId} and ${visible(ctx, 'task', 'tasks')})))`;

async function fileRows(ctx: Context, contactId: string, after: string): Promise<StoredFile[]> {
  const rows = await rowsOf<{ json: StoredFile }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(fileColumns))} as json from files where ${ofPerson(ctx, contactId)} and id > ${after}::uuid
        order by id limit ${rowsAtOnce}`,
  );
  return rows.map(({ json }) => json);
}

async function* contents(door: ExportDoor, contactId: string): AsyncGenerator<ZipEntry> {
  for await (const { id, name, sha256 } of rowsById(door, (ctx, after) => fileRows(ctx, contactId, after))) {
    const content = await door.files.open(sha256);
    if (content === undefined) throw unavailable('file_store', `The content of ${name} cannot be found now.`);
    yield { name: `files/${id}/${name}`, content, packed: true };
  }
}
