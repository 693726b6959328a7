import type { RawBuilder } from 'kysely';
import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { forbidden, invalidField, notFound } from '../errors.ts';
import { reachOf } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { edit, type Revision, requireVersion } from '../records.ts';
import { columnsOf, jsonOf, type WireColumns } from '../wire.ts';
import { checkView } from './check-view.ts';
import type { CreateViewInput, UpdateViewInput } from './view.schema.ts';

const columns: WireColumns = {
  ...columnsOf('views', 'id object name filter q sort columns access teamId ownerId'),
  isDefault: ['default_views.view_id is not null', 'plain'],
  ...columnsOf('views', 'createdAt:instant updatedAt:instant version'),
};

/** Views, each with whether it is the caller's default. */
const fromViews = (ctx: Context) =>
  SQL`views left join default_views on default_views.view_id = views.id and default_views.user_id = ${ctx.actor.userId}::uuid`;

/** One's own, those of one's teams and those for all: an administrator sees no more of what is private. */
const mine = (ctx: Context): RawBuilder<boolean> =>
  SQL<boolean>`(views.owner_id = ${ctx.actor.userId}::uuid or views.access = 'all' or views.team_id = any(${ctx.actor.grants.teams ?? []}::uuid[]))`;

/** The JSON of a view. Throws `view_not_found`. */
export async function getView(ctx: Context, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(columns))}::text as json from ${fromViews(ctx)} where views.id = ${id} and ${mine(ctx)}`,
  );
  if (row === undefined) throw notFound('view');
  return row.json;
}

/** A page of the views that the caller may use, by name. */
export function listViews(ctx: Context, page: PageRequest & { object?: Customisable | undefined }): Promise<JsonText> {
  const where = [mine(ctx)];
  if (page.object) where.push(SQL<boolean>`views.object = ${page.object}`);
  return listOf(ctx, page, {
    columns,
    from: fromViews(ctx),
    where,
    id: 'views.id',
    sorts: { name: { expression: 'lower(views.name)', type: 'text' } },
    defaultSort: 'name',
  });
}

interface ViewRow {
  object: Customisable;
  name: string;
  filter: Record<string, unknown>;
  q: string | null;
  sort: string | null;
  columns: string[];
  access: 'private' | 'team' | 'all';
  teamId: string | null;
  ownerId: string | null;
  version: number;
  updatedAt: Date;
}

/** Makes a view. Throws 400 for what its object does not have, and for a team that is not the caller's. */
export async function createView(ctx: Context, { isDefault, ...input }: CreateViewInput): Promise<string> {
  const id = newId();
  const { object, name, filter = {}, q = null, sort = null, columns: shown = [], access = 'private', teamId = null } = input;
  const view = { object, name, filter, q, sort, columns: shown, access, teamId, ownerId: ctx.actor.userId };
  await check(ctx, view);
  await rowsOf(
    ctx,
    SQL`insert into views (id, object, name, filter, q, sort, columns, access, team_id, owner_id, created_at, updated_at)
        values (${id}, ${view.object}, ${view.name}, ${JSON.stringify(view.filter)}, ${view.q}, ${view.sort}, ${view.columns}::text[],
          ${view.access}, ${view.teamId}, ${view.ownerId}, ${ctx.now}, ${ctx.now})`,
  );
  if (isDefault) await setDefault(ctx, { id, object: view.object }, true);
  emit(ctx, 'view.created', { viewId: id, object: view.object, name: view.name });
  return id;
}

/** Changes a view. Throws `view_not_found`, `forbidden` for another's, `version_mismatch`, and as `createView`. */
export async function updateView(
  ctx: Context,
  { id, version }: Revision,
  { isDefault, ...patch }: UpdateViewInput,
): Promise<void> {
  const view = await lockView(ctx, id);
  requireVersion(view, version);
  if (isDefault !== undefined) await setDefault(ctx, { id, object: view.object }, isDefault);
  const changes = edit(view, patch as Partial<ViewRow>, ctx.now);
  if (Object.keys(changes).length === 0) return;
  requireOwner(ctx, view, 'edit');
  await check(ctx, view);
  await rowsOf(
    ctx,
    SQL`update views set name = ${view.name}, filter = ${JSON.stringify(view.filter)}, q = ${view.q}, sort = ${view.sort},
          columns = ${view.columns}::text[], access = ${view.access}, team_id = ${view.teamId}, version = ${view.version},
          updated_at = ${view.updatedAt} where id = ${id}`,
  );
  emit(ctx, 'view.updated', { viewId: id, changes });
}

/** Deletes a view. Throws `view_not_found`, `forbidden`, `version_mismatch`. */
export async function deleteView(ctx: Context, { id, version }: Revision): Promise<void> {
  const view = await lockView(ctx, id);
  requireVersion(view, version);
  requireOwner(ctx, view, 'delete');
  await rowsOf(ctx, SQL`delete from views where id = ${id}`);
  emit(ctx, 'view.deleted', { viewId: id });
}

async function lockView(ctx: Context, id: string): Promise<ViewRow> {
  const row = await rowOf<ViewRow>(
    ctx,
    SQL`select object, name, filter, q, sort, columns, access, team_id as "teamId", owner_id as "ownerId", version, updated_at as "updatedAt"
        from views where id = ${id} and ${mine(ctx)} for update`,
  );
  if (row === undefined) throw notFound('view');
  return row;
}

function requireOwner(ctx: Context, { ownerId }: ViewRow, verb: 'edit' | 'delete'): void {
  if (ownerId !== null && ownerId === ctx.actor.userId) return;
  if (reachOf(ctx.actor, 'view', verb) !== 'all') throw forbidden(`view:${verb}`);
}

async function check(ctx: Context, view: Omit<ViewRow, 'version' | 'updatedAt'>): Promise<void> {
  if ((view.access === 'team') !== (view.teamId !== null))
    throw invalidField('/teamId', 'team_misfit', 'teamId belongs to views that are shared with a team, and they need it');
  if (view.teamId !== null && !(ctx.actor.grants.teams ?? []).includes(view.teamId))
    throw invalidField('/teamId', 'reference_not_found', 'teamId must be the id of a team of yours');
  if (view.access === 'private' && view.ownerId === null)
    throw invalidField(
      '/access',
      'no_person',
      'A view that belongs to nobody is for all, or for a team: a key of its own has no private ones.',
    );
  await checkView(ctx, view);
}

/** One default per person and object. */
async function setDefault(ctx: Context, { id, object }: { id: string; object: Customisable }, isDefault: boolean): Promise<void> {
  const { userId } = ctx.actor;
  if (userId === null) throw invalidField('/isDefault', 'no_person', 'Only people have a default view.');
  if (isDefault) {
    await rowsOf(
      ctx,
      SQL`insert into default_views (user_id, object, view_id) values (${userId}, ${object}, ${id})
          on conflict (user_id, object) do update set view_id = excluded.view_id`,
    );
  } else await rowsOf(ctx, SQL`delete from default_views where user_id = ${userId} and view_id = ${id}`);
}
