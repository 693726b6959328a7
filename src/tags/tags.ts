import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, type FieldError, invalid, invalidField, notFound } from '../errors.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { edit, type Revision, requireVersion } from '../records.ts';
import { columnsOf, jsonOf } from '../wire.ts';
import type { CreateTagInput, UpdateTagInput } from './tag.schema.ts';

const tagColumns = columnsOf('tags', 'id name color createdBy createdAt:instant updatedAt:instant version');

/** The JSON of a tag. Throws `tag_not_found`. */
export async function getTag(ctx: Context, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(tagColumns))}::text as json from tags where id = ${id}`,
  );
  if (row === undefined) throw notFound('tag');
  return row.json;
}

/** A page of tags by name. */
export const listTags = (ctx: Context, page: PageRequest): Promise<JsonText> =>
  listOf(ctx, page, {
    columns: tagColumns,
    from: SQL`tags`,
    where: [SQL`true`],
    id: 'tags.id',
    sorts: { name: { expression: 'lower(tags.name)', type: 'text' } },
    defaultSort: 'name',
  });

/** Makes a tag. Throws `tag_name_taken`. */
export async function createTag(ctx: Context, { name, color = null }: CreateTagInput): Promise<string> {
  const id = newId();
  await rowsOf(
    ctx,
    SQL`insert into tags (id, name, color, created_by, created_at, updated_at)
        values (${id}, ${name}, ${color}, ${ctx.actor.userId}, ${ctx.now}, ${ctx.now})`,
  );
  emit(ctx, 'tag.created', { tagId: id, name });
  return id;
}

interface TagRow {
  name: string;
  color: string | null;
  version: number;
  updatedAt: Date;
}

/** Renames or recolours a tag. Throws `tag_not_found`, `version_mismatch`, `tag_name_taken`. */
export async function updateTag(ctx: Context, { id, version }: Revision, patch: UpdateTagInput): Promise<void> {
  const tag = await lockTag(ctx, id);
  requireVersion(tag, version);
  const changes = edit(tag, patch as Partial<TagRow>, ctx.now);
  if (Object.keys(changes).length === 0) return;
  await rowsOf(
    ctx,
    SQL`update tags set name = ${tag.name}, color = ${tag.color}, version = ${tag.version}, updated_at = ${tag.updatedAt} where id = ${id}`,
  );
  emit(ctx, 'tag.updated', { tagId: id, changes });
}

/** Deletes a tag and takes it off all records. Throws `tag_not_found`, `version_mismatch`, `tag_on_too_many`. */
export async function deleteTag(ctx: Context, { id, version }: Revision): Promise<void> {
  requireVersion(await lockTag(ctx, id), version);
  await replaceTag(ctx, id, null);
  await rowsOf(ctx, SQL`delete from tags where id = ${id}`);
  emit(ctx, 'tag.deleted', { tagId: id });
}

/** Puts another tag in the place of this one on all records, and deletes it. Throws as `deleteTag`, and 400 for a tag that is not there. */
export async function mergeTag(ctx: Context, { id, version }: Revision, into: string): Promise<void> {
  if (id === into) throw invalidField('/into', 'same_tag', 'A tag cannot be merged into itself.');
  requireVersion(await lockTag(ctx, id), version);
  const target = await rowOf(ctx, SQL`select 1 from tags where id = ${into} for key share`);
  if (target === undefined) throw invalidField('/into', 'reference_not_found', 'into must be the id of a tag that exists.');
  await replaceTag(ctx, id, into);
  await rowsOf(ctx, SQL`delete from tags where id = ${id}`);
  emit(ctx, 'tag.merged', { tagId: id, into });
}

async function lockTag(ctx: Context, id: string): Promise<TagRow> {
  const row = await rowOf<TagRow>(
    ctx,
    SQL`select name, color, version, updated_at as "updatedAt" from tags where id = ${id} for update`,
  );
  if (row === undefined) throw notFound('tag');
  return row;
}

/** Tables of what can be tagged, and how the event of a record's change names its id. */
const tagged = [
  { table: 'contacts', event: 'contact.updated', id: 'contactId' },
  { table: 'companies', event: 'company.updated', id: 'companyId' },
  { table: 'deals', event: 'deal.updated', id: 'dealId' },
  { table: 'activities', event: 'activity.updated', id: 'activityId' },
  { table: 'tasks', event: 'task.updated', id: 'taskId' },
] as const;

const recordsAtMost = 10_000;

interface Retagged {
  id: string;
  dealId: string | null;
  before: string[];
  after: string[];
}

/** Each record that has the tag is edited: it counts an edit and has its event. */
async function replaceTag(ctx: Context, tagId: string, by: string | null): Promise<void> {
  const left =
    by === null ? SQL`array_remove(t.tag_ids, ${tagId}::uuid)` : SQL`array_replace(t.tag_ids, ${tagId}::uuid, ${by}::uuid)`;
  let records = 0;
  for (const { table, event, id } of tagged) {
    const dealId = table === 'activities' || table === 'tasks' ? SQL`t.deal_id` : SQL`null::uuid`;
    const rows = await rowsOf<Retagged>(
      ctx,
      SQL`with old as (
            select id, tag_ids from ${SQL.ref(table)} where tag_ids @> array[${tagId}::uuid] and tag_ids <> '{}' limit ${recordsAtMost + 1} for update
          )
          update ${SQL.ref(table)} t set version = version + 1, updated_at = ${ctx.now},
            tag_ids = array(select distinct unnest(${left}) order by 1)
          from old where t.id = old.id
          returning t.id, ${dealId} as "dealId", old.tag_ids as before, t.tag_ids as after`,
    );
    records += rows.length;
    if (records > recordsAtMost) {
      throw conflict('tag_on_too_many', `More than ${recordsAtMost} records have this tag; take it off by a bulk edit first.`);
    }
    for (const row of rows) {
      const changes = { tagIds: { from: row.before, to: row.after } };
      emit(ctx, event, { dealId: row.dealId, [id]: row.id, changes } as never); // each event's id has the name beside it in the table above
    }
  }
}

/** Tags as a record keeps them: each once, in order. Held, so that none is deleted meanwhile. Throws 400 for each that does not exist. */
export async function checkTags(ctx: Context, ids: readonly string[]): Promise<string[]> {
  const wanted = [...new Set(ids)].sort();
  if (wanted.length === 0) return wanted;
  const rows = await rowsOf<{ id: string }>(ctx, SQL`select id from tags where id = any(${wanted}) order by id for key share`);
  const there = new Set(rows.map((row) => row.id));
  const errors = ids.flatMap((id, n): FieldError[] =>
    there.has(id)
      ? []
      : [{ pointer: `/tagIds/${n}`, code: 'reference_not_found', message: 'must be the id of a tag that exists' }],
  );
  if (errors.length > 0) throw invalid(errors);
  return wanted;
}
