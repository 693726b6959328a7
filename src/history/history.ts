import { type Context, rowOf } from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { editables } from '../editing/editable.ts';
import { AppError, invalidField, notFound } from '../errors.ts';
import { hiddenFields, owned, visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import type { Changes, Revision } from '../records.ts';
import type { WireColumns } from '../wire.ts';

/** Which record's history. */
export interface HistoryOf {
  object: Customisable;
  id: string;
}

/** A page of what happened to a record, newest first, without the fields that are hidden from the caller. Throws the record's 404. */
export async function historyOf(ctx: Context, of: HistoryOf, page: PageRequest): Promise<JsonText> {
  const { table } = owned[of.object] as { table: string }; // each of these objects has an owner
  const seen = await rowOf(
    ctx,
    SQL`select 1 from ${SQL.ref(table)} where id = ${of.id} and deleted_at is null and ${visible(ctx, of.object, table)}`,
  );
  if (seen === undefined) throw notFound(of.object);
  return listOf(ctx, page, {
    columns: entryColumns([...hiddenFields(ctx.actor, of.object)]),
    from: SQL`events left join users on users.id = events.actor_id left join api_keys on api_keys.id = events.actor_id`,
    where: [SQL`events.record_id = ${of.id}`, SQL`events.record_type = ${of.object}`],
    id: 'events.id',
    sorts: { at: { expression: 'events.seq', type: 'bigint', descending: true } },
    defaultSort: 'at',
  });
}

/** Gives one field the value again that it had before an event, through the ordinary deed. Throws what that throws, and 404 or 400. */
export async function putBack(
  ctx: Context,
  { object, ...revision }: Revision & { object: Customisable },
  { eventId, field }: { eventId: string; field: string },
): Promise<void> {
  const { json, edit } = editables[object];
  await json(ctx, revision.id);
  const event = await rowOf<{ changes: Changes }>(
    ctx,
    SQL`select ${SQL.raw(changesByField)} as changes from events where id = ${eventId} and record_id = ${revision.id} and record_type = ${object}`,
  );
  if (event === undefined) throw notFound('history_entry');
  const change = isHidden(hiddenFields(ctx.actor, object), field) ? undefined : event.changes[field];
  if (change === undefined) throw invalidField('/field', 'unknown_field', `This entry changed no field ${field}.`);
  const because = { ...ctx, cause: { ...ctx.cause, causeId: eventId } };
  const patch = patchOf(await nameNow(ctx, object, { eventId, field }), change.from);
  await edit(because, revision, patch).catch((error: unknown) => {
    throw atField(error);
  });
}

/** What a field is called that an event names: a custom field may have been renamed since. */
async function nameNow(
  ctx: Context,
  object: Customisable,
  { eventId, field }: { eventId: string; field: string },
): Promise<string> {
  const name = /^customFields\.(.+)$/.exec(field)?.[1];
  if (name === undefined) return field;
  const row = await rowOf<{ name: string }>(
    ctx,
    SQL`with recursive renamed as (
          select e.seq, e.data #>> '{changes,name,from}' as old, e.data #>> '{changes,name,to}' as new
          from custom_fields f join events e on e.record_id = f.id and e.type = 'custom_field.updated'
          where f.entity_type = ${object} and e.data #> '{changes,name}' is not null
        ), called as (
          select seq, ${name}::text as name from events where id = ${eventId}
          union all
          select next.seq, next.new from called
            cross join lateral (select * from renamed where old = called.name and seq > called.seq order by seq limit 1) next
        )
        select name from called order by seq desc limit 1`,
  );
  return `customFields.${row?.name ?? name}`;
}

/** What is wrong with an old value is told of the field that was asked for. */
function atField(error: unknown): unknown {
  if (!(error instanceof AppError) || error.details.errors === undefined) return error;
  const errors = error.details.errors.map((one) => ({ ...one, pointer: '/field' }));
  return new AppError(error.code, error.status, error.message, { ...error.details, errors }, error);
}

/** A custom field is named `customFields.<name>`, everything else as it is. */
function patchOf(field: string, value: unknown): Record<string, unknown> {
  const name = /^customFields\.(.+)$/.exec(field)?.[1];
  return name === undefined ? { [field]: value } : { customFields: { [name]: value } };
}

const isHidden = (hidden: ReadonlySet<string>, field: string): boolean =>
  hidden.has(field) || hidden.has(field.split('.')[0] ?? '');

/** Field by field what an event changed; a deal's move tells its stage on its own. */
const changesByField = `coalesce(events.data -> 'changes', case when events.record_type = 'deal' and events.data ? 'from'
  then jsonb_build_object('stage', jsonb_build_object('from', events.data -> 'from', 'to', events.data -> 'to')) else '{}' end)`;

const instant = (column: string): string => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** What led to an event: a chain of events, at whose beginning may stand what an integration received. */
const causes = `(with recursive why as (
    select events.cause_id as id, 1 as depth where events.cause_id is not null
    union all
    select earlier.cause_id, depth + 1 from why join events earlier on earlier.id = why.id where earlier.cause_id is not null and depth < 10
  )
  select coalesce(json_agg(json_build_object('id', why.id, 'type', coalesce(cause.type, 'receipt'), 'at', ${instant('cause.at')}) order by depth), '[]')
  from why left join events cause on cause.id = why.id)`;

function entryColumns(hidden: readonly string[]): WireColumns {
  const names = hidden.map((name) => `'${name.replaceAll("'", "''")}'`).join(', ');
  const shown = `key <> all (array[${names}]::text[]) and split_part(key, '.', 1) <> all (array[${names}]::text[])`;
  return {
    id: ['events.id', 'plain'],
    type: ['events.type', 'plain'],
    at: ['events.at', 'instant'],
    actor: [
      "json_build_object('kind', events.actor_kind, 'id', events.actor_id, 'name', coalesce(users.name, api_keys.name))",
      'plain',
    ],
    door: ["events.door ->> 'kind'", 'plain'],
    origin: ['events.origin', 'plain'],
    changes: [
      `(select coalesce(json_agg(json_build_object('field', key, 'from', value -> 'from', 'to', value -> 'to') order by key), '[]')
        from jsonb_each(${changesByField}) where ${shown})`,
      'plain',
    ],
    causes: [causes, 'plain'],
  };
}
