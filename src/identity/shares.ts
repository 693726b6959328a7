import { type Context, newId, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, notFound, referenceNotFound } from '../errors.ts';
import { refer } from '../refer.ts';
import { columnsOf, jsonOf } from '../wire.ts';
import type { CreateShareInput } from './permission.schema.ts';
import { owned, requireReach, type Shareable, visible } from './permissions.ts';
import { userTarget } from './user.target.ts';

const shareColumns = columnsOf('record_shares', 'id userId teamId access sharedBy createdAt:instant');

/** A record that can be shared. */
export interface SharedRecord {
  object: Shareable;
  id: string;
}

interface Share {
  id: string;
  userId: string | null;
  teamId: string | null;
  access: 'read' | 'edit';
}

/** JSON of whom a record is shared with. Throws the record's 404. */
export async function listShares(ctx: Context, record: SharedRecord): Promise<string> {
  await findShared(ctx, record);
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('data', coalesce(json_agg(${SQL.raw(jsonOf(shareColumns))} order by id), '[]'), 'nextCursor', null)::text as json
        from record_shares where object = ${record.object} and record_id = ${record.id}`,
  );
  return row?.json ?? '';
}

/** Shares a record, and returns the share's JSON. Throws the record's 404, `forbidden`, `reference_not_found`, `already_shared`. */
export async function shareRecord(ctx: Context, record: SharedRecord, given: CreateShareInput): Promise<string> {
  const found = await findShared(ctx, record);
  await requireReach(ctx, { object: record.object, verb: 'edit' }, found);
  const input = await refer(ctx, given, { userId: userTarget });
  await requireHolder(ctx, input);
  const share: Share = { id: newId(), userId: input.userId ?? null, teamId: input.teamId ?? null, access: input.access };
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`insert into record_shares (id, object, record_id, user_id, team_id, access, shared_by, created_at)
        values (${share.id}, ${record.object}, ${record.id}, ${share.userId}, ${share.teamId}, ${share.access}, ${ctx.actor.userId}, ${ctx.now})
        on conflict do nothing returning ${SQL.raw(jsonOf(shareColumns))}::text as json`,
  );
  if (row === undefined) throw conflict('already_shared', 'The record is shared with them already; end that share first.');
  tell(ctx, record, { verb: 'shared', share });
  return row.json;
}

/** Ends a share. Throws the record's 404, `forbidden`, `share_not_found`. */
export async function unshareRecord(ctx: Context, record: SharedRecord, shareId: string): Promise<void> {
  const found = await findShared(ctx, record);
  await requireReach(ctx, { object: record.object, verb: 'edit' }, found);
  const share = await rowOf<Share>(
    ctx,
    SQL`delete from record_shares where id = ${shareId} and object = ${record.object} and record_id = ${record.id}
        returning id, user_id as "userId", team_id as "teamId", access`,
  );
  if (share === undefined) throw notFound('share');
  tell(ctx, record, { verb: 'unshared', share });
}

/** A record that can be shared, with its owner; locked where it is to be changed. Throws the record's 404. */
export async function findShared(ctx: Context, { object, id }: SharedRecord): Promise<{ id: string; ownerId: string | null }> {
  const { table } = owned[object];
  const lock = ctx.pending === undefined ? SQL`` : SQL`for update`;
  const row = await rowOf<{ id: string; ownerId: string | null }>(
    ctx,
    SQL`select id, owner_id as "ownerId" from ${SQL.ref(table)} where id = ${id} and deleted_at is null and ${visible(ctx, object, table)} ${lock}`,
  );
  if (row === undefined) throw notFound(object);
  return row;
}

function tell(ctx: Context, { object, id }: SharedRecord, { verb, share }: { verb: 'shared' | 'unshared'; share: Share }): void {
  const { id: shareId, ...facts } = share;
  const data = { shareId, ...facts };
  if (object === 'contact') emit(ctx, `contact.${verb}`, { contactId: id, ...data });
  else if (object === 'company') emit(ctx, `company.${verb}`, { companyId: id, ...data });
  else emit(ctx, `deal.${verb}`, { dealId: id, ...data });
}

async function requireHolder(
  ctx: Context,
  { userId, teamId }: { userId?: string | undefined; teamId?: string | undefined },
): Promise<void> {
  const row = await rowOf(
    ctx,
    userId === undefined
      ? SQL`select 1 from teams where id = ${teamId} for key share`
      : SQL`select 1 from users where id = ${userId} and disabled_at is null and ${visible(ctx, 'user', 'users')} for key share`,
  );
  if (row === undefined) throw referenceNotFound(userId === undefined ? 'teamId' : 'userId');
}
