import { type Context, newId, rootCause, rowOf, rowsOf, type Services, systemActor, transact } from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { notFound, unavailable } from '../errors.ts';
import { owned, requireReach, visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { columnsOf, jsonOf } from '../wire.ts';

const columns = columnsOf('files', 'id object recordId name contentType size:text sha256 createdBy createdAt:instant');

/** Which record a file is on. */
export interface FileOf {
  object: Customisable;
  id: string;
}

/** A file's row, with what it takes to hand it out. */
export interface FileRow {
  id: string;
  object: Customisable;
  recordId: string;
  name: string;
  contentType: string;
  size: string;
  sha256: string;
}

/** Throws the record's 404 unless the caller sees it, and 403 unless they may edit it. */
export async function requireRecord(ctx: Context, { object, id }: FileOf, verb: 'read' | 'edit'): Promise<void> {
  const { table, owner } = owned[object] as { table: string; owner: string }; // each of these objects has an owner
  const record = await rowOf<{ ownerId: string | null }>(
    ctx,
    SQL`select ${SQL.ref(owner)} as "ownerId" from ${SQL.ref(table)} where id = ${id} and deleted_at is null and ${visible(ctx, object, table)}`,
  );
  if (record === undefined) throw notFound(object);
  if (verb === 'edit') await requireReach(ctx, { object, verb }, { id, ownerId: record.ownerId });
}

/** The JSON of a file that the caller sees. Throws `file_not_found`. */
export async function getFile(ctx: Context, id: string): Promise<string> {
  await findFile(ctx, id, 'read');
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(columns))}::text as json from files where id = ${id}`,
  );
  if (row === undefined) throw notFound('file');
  return row.json;
}

/** A page of the files on a record, newest first. Throws the record's 404. */
export async function listFiles(ctx: Context, of: FileOf, page: PageRequest): Promise<JsonText> {
  await requireRecord(ctx, of, 'read');
  return listOf(ctx, page, {
    columns,
    from: SQL`files`,
    where: [SQL`files.record_id = ${of.id}`, SQL`files.object = ${of.object}`],
    id: 'files.id',
    sorts: { createdAt: { expression: 'files.created_at', type: 'timestamptz' } },
    defaultSort: '-createdAt',
  });
}

/** What has been stored, and how it is called. */
export interface StoredFile {
  name: string;
  contentType: string;
  size: number;
  sha256: string;
}

/** Puts a stored file on a record. Throws as `requireRecord`, and `file_store_unavailable` when a sweep took it at this moment. */
export async function attachFile(ctx: Context, of: FileOf, file: StoredFile): Promise<string> {
  await requireRecord(ctx, of, 'edit');
  await holdContent(ctx, file.sha256);
  const id = newId();
  await rowsOf(
    ctx,
    SQL`insert into files (id, object, record_id, name, content_type, size, sha256, created_by, created_at)
        values (${id}, ${of.object}, ${of.id}, ${file.name}, ${file.contentType}, ${file.size}, ${file.sha256}, ${ctx.actor.userId}, ${ctx.now})`,
  );
  emit(ctx, 'file.attached', { fileId: id, object: of.object, recordId: of.id, name: file.name, size: file.size });
  return id;
}

/** Keeps a stored content from a sweep until this transaction, which names it, is over. Throws `file_store_unavailable` when one was quicker. */
export async function holdContent(ctx: Context, sha256: string): Promise<void> {
  await rowsOf(ctx, SQL`select pg_advisory_xact_lock_shared(${contentLock(sha256)})`);
  if (!(await ctx.ports.files.has(sha256))) throw unavailable('file_store', 'The file was not kept; send it again.');
}

/** Takes a file off its record; what it holds goes with the next sweep. Throws `file_not_found`, `forbidden`. */
export async function deleteFile(ctx: Context, id: string): Promise<void> {
  const { object, recordId } = await findFile(ctx, id, 'edit');
  await rowsOf(ctx, SQL`delete from files where id = ${id}`);
  emit(ctx, 'file.deleted', { fileId: id, object, recordId });
}

/** A file, if its record may be read or edited. Throws `file_not_found`, the same when the record is hidden, and `forbidden`. */
export async function findFile(ctx: Context, id: string, verb: 'read' | 'edit'): Promise<FileRow> {
  const file = await rowOf<FileRow>(
    ctx,
    SQL`select id, object, record_id as "recordId", name, content_type as "contentType", size, sha256 from files where id = ${id}`,
  );
  if (file === undefined) throw notFound('file');
  const of = { object: file.object, id: file.recordId };
  await requireRecord(ctx, of, 'read').catch(() => {
    throw notFound('file');
  });
  if (verb === 'edit') await requireRecord(ctx, of, 'edit');
  return file;
}

const contentLock = (sha256: string) => SQL`hashtextextended(${sha256}, 0)`;

const doing = { actor: systemActor, cause: rootCause({ kind: 'job' }) };
const youngMs = 3_600_000;

/** Removes from the store what nothing names: uploads that never became one, and what deleted ones held. The young ones are left alone. */
export async function sweepFiles(services: Services): Promise<void> {
  const { files } = services.ports;
  for await (const sha256 of files.list(new Date(services.now().getTime() - youngMs))) {
    await transact(services, doing, (ctx) => removeUnnamed(ctx, sha256));
  }
}

/** Removes a content from the store unless a file or a personal export names it, or somebody is about to. */
export async function removeUnnamed(ctx: Context, sha256: string): Promise<void> {
  const lock = await rowOf<{ mine: boolean }>(ctx, SQL`select pg_try_advisory_xact_lock(${contentLock(sha256)}) as mine`);
  if (lock?.mine !== true) return;
  const named = await rowOf(
    ctx,
    SQL`select 1 from files where sha256 = ${sha256} union all select 1 from personal_exports where sha256 = ${sha256} limit 1`,
  );
  if (named === undefined) await ctx.ports.files.remove(sha256);
}
