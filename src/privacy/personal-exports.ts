import { getContact } from '../contacts/contacts.ts';
import { type Context, newId, rootCause, rowOf, rowsOf, type Services, systemActor, transact } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, forbidden, notFound } from '../errors.ts';
import { removeUnnamed } from '../files/files.ts';
import { may, visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { enqueue } from '../queues.ts';
import { columnsOf, jsonOf } from '../wire.ts';
import { measureExport } from './personal-export.ts';

/** So long an export and its file are kept. */
const keepDays = 7;

const columns = {
  ...columnsOf('personal_exports', 'id contactId state done total size error requestedBy requestedAt:instant finishedAt:instant'),
  expiresAt: [`personal_exports.finished_at + interval '${keepDays} days'`, 'instant'] as const,
};

/** A zip without its 64-bit extension ends at 4 GB. */
export const bytesAtMost = 4_000_000_000;

/**
 * Begins to gather everything kept on a person, in the background; asked for again meanwhile, it is the same export. Returns its id. Throws
 * `contact_not_found`, 403 without the capability `export`, and 409 `export_too_large` when the files alone are over what an archive can hold.
 */
export async function startExport(ctx: Context, contactId: string): Promise<string> {
  await requireExport(ctx, contactId);
  const { bytes, total } = await measureExport(ctx, contactId);
  if (bytes > bytesAtMost) throw conflict('export_too_large', 'The files on this contact are over 4 GB; fetch them one by one.');
  const { kind, id: actorId, userId } = ctx.actor;
  const made = await rowOf<{ id: string }>(
    ctx,
    SQL`insert into personal_exports (id, contact_id, state, total, actor_kind, actor_id, requested_by, requested_at, updated_at)
        values (${newId()}, ${contactId}, 'queued', ${total}, ${kind}, ${actorId}, ${userId}, ${ctx.now}, ${ctx.now})
        on conflict (contact_id, actor_kind, actor_id) where state in ('queued', 'running') do nothing returning id`,
  );
  if (made === undefined) return underWay(ctx, contactId);
  emit(ctx, 'export.requested', { exportId: made.id, of: 'contact', filter: { contactId } });
  await enqueue(ctx, {
    queue: 'bulk',
    key: `personal-export/${made.id}`,
    data: { kind: 'personal-export', exportId: made.id },
  });
  return made.id;
}

async function underWay(ctx: Context, contactId: string): Promise<string> {
  const row = await rowOf<{ id: string }>(
    ctx,
    SQL`select id from personal_exports where contact_id = ${contactId} and ${mine(ctx)} and state in ('queued', 'running')`,
  );
  if (row === undefined) throw conflict('export_over', 'The export of this contact has just ended; ask again.');
  return row.id;
}

async function requireExport(ctx: Context, contactId: string): Promise<void> {
  await getContact(ctx, contactId);
  if (!may(ctx.actor, 'export')) throw forbidden('export');
}

/** What an export holds is what its asker may see: it is theirs alone, and a key's is not its user's. */
const mine = ({ actor }: Context) =>
  SQL<boolean>`(personal_exports.actor_kind = ${actor.kind} and personal_exports.actor_id = ${actor.id})`;

/** The JSON of an export of the caller's. Throws as `findExport`. */
export async function getExport(ctx: Context, id: string): Promise<string> {
  await findExport(ctx, id);
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(columns))}::text as json from personal_exports where id = ${id}`,
  );
  if (row === undefined) throw notFound('personal_export');
  return row.json;
}

/** A page of the caller's exports of a contact, newest first. Throws `contact_not_found`, and 403 without the capability `export`. */
export async function listExports(ctx: Context, contactId: string, page: PageRequest): Promise<JsonText> {
  await requireExport(ctx, contactId);
  return listOf(ctx, page, {
    columns,
    from: SQL`personal_exports`,
    where: [SQL`personal_exports.contact_id = ${contactId}`, mine(ctx)],
    id: 'personal_exports.id',
    sorts: { requestedAt: { expression: 'personal_exports.requested_at', type: 'timestamptz' } },
    defaultSort: '-requestedAt',
  });
}

/** Stops an export where it is; nothing of it is kept. Throws as `findExport`, and 409 `export_over`. */
export async function cancelExport(ctx: Context, id: string): Promise<void> {
  const { contactId, state } = await findExport(ctx, id);
  if (state !== 'queued' && state !== 'running') throw conflict('export_over', `This export is ${state}.`);
  await endExport(ctx, id, 'cancelled');
  emit(ctx, 'export.cancelled', { exportId: id, of: 'contact', filter: { contactId } });
}

/** Writes how an export that has come to nothing ended. */
export const endExport = (ctx: Context, id: string, state: 'failed' | 'cancelled', error: string | null = null) =>
  rowsOf(
    ctx,
    SQL`update personal_exports set state = ${state}, error = ${error}, finished_at = ${ctx.now}, updated_at = ${ctx.now}
        where id = ${id} and state in ('queued', 'running')`,
  );

/** Notes that an export is handed out. Throws as `findExport`, and 409 `export_not_done`. */
export async function handOut(ctx: Context, id: string): Promise<{ contactId: string; sha256: string; size: string }> {
  const { contactId, sha256, size, state } = await findExport(ctx, id);
  if (sha256 === null || size === null) throw conflict('export_not_done', `This export is ${state}; it has no file.`);
  emit(ctx, 'export.downloaded', { exportId: id, of: 'contact', filter: { contactId } });
  return { contactId, sha256, size };
}

interface Row {
  contactId: string;
  state: string;
  sha256: string | null;
  size: string | null;
}

/**
 * An export of the caller's, locked where there is a transaction. Throws `personal_export_not_found`, also when they see the contact no more,
 * and 403 when they have lost the capability `export`.
 */
async function findExport(ctx: Context, id: string): Promise<Row> {
  const lock = ctx.pending === undefined ? SQL`` : SQL`for update of personal_exports`;
  const row = await rowOf<Row>(
    ctx,
    SQL`select contact_id as "contactId", personal_exports.state, sha256, size::text as size
        from personal_exports join contacts on contacts.id = contact_id
        where personal_exports.id = ${id} and ${mine(ctx)} and contacts.deleted_at is null and ${visible(ctx, 'contact', 'contacts')} ${lock}`,
  );
  if (row === undefined) throw notFound('personal_export');
  if (!may(ctx.actor, 'export')) throw forbidden('export');
  return row;
}

/**
 * Ends and forgets all exports that may speak of these contacts: their own, and those of others with whom they share an activity, a mail or
 * a deal. Returns the contents that they named.
 */
export async function dropExportsOf(ctx: Context, contactIds: readonly string[]): Promise<string[]> {
  const sharing = (table: string, thing: string) =>
    SQL`select other.contact_id from ${SQL.ref(table)} mine join ${SQL.ref(table)} other on ${SQL.ref(`other.${thing}`)} = ${SQL.ref(`mine.${thing}`)}
        where mine.contact_id = any(${contactIds}::uuid[])`;
  const deals = SQL`(select id as deal_id, contact_id from deals where contact_id is not null union all select deal_id, contact_id from deal_contacts)`;
  const rows = await rowsOf<{ sha256: string | null }>(
    ctx,
    SQL`delete from personal_exports where contact_id = any(${contactIds}::uuid[]) or contact_id in (
          ${sharing('activity_links', 'activity_id')} union ${sharing('message_participants', 'message_id')}
          union select other.contact_id from ${deals} mine join ${deals} other on other.deal_id = mine.deal_id
            where mine.contact_id = any(${contactIds}::uuid[])) returning sha256`,
  );
  return rows.flatMap(({ sha256 }) => sha256 ?? []);
}

const doing = { actor: systemActor, cause: rootCause({ kind: 'job' }) };

/** Removes exports whose days are over, with their files. */
export async function forgetExports(services: Services): Promise<void> {
  const rows = await transact(services, doing, (ctx) =>
    rowsOf<{ sha256: string | null }>(
      ctx,
      SQL`delete from personal_exports where id in (select id from personal_exports
            where finished_at < ${ctx.now}::timestamptz - make_interval(days => ${keepDays}) order by finished_at limit 1000) returning sha256`,
    ),
  );
  for (const { sha256 } of rows) if (sha256 !== null) await transact(services, doing, (ctx) => removeUnnamed(ctx, sha256));
}
