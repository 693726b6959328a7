import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, invalidField, notFound, stale } from '../errors.ts';
import { creation, edit, type Revision } from '../records.ts';
import { columnsOf, jsonOf, type WireColumns } from '../wire.ts';
import type { CreateTeamInput, UpdateTeamInput } from './permission.schema.ts';
import { requireMembership, requirePlace } from './rights-over.ts';

const teamColumns: WireColumns = {
  ...columnsOf('teams', 'id name parentId'),
  userIds: [
    "coalesce((select json_agg(m.user_id order by m.user_id) from team_members m where m.team_id = teams.id), '[]')",
    'plain',
  ],
  ...columnsOf('teams', 'createdAt:instant updatedAt:instant version'),
};

/** JSON of all teams with their members, by name. */
export async function listTeams(ctx: Context): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('data', coalesce(json_agg(${SQL.raw(jsonOf(teamColumns))} order by name collate people), '[]'),
          'nextCursor', null)::text as json from teams`,
  );
  return row?.json ?? '';
}

/** JSON of a team. Throws `team_not_found`. */
export async function getTeam(ctx: Context, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(teamColumns))}::text as json from teams where id = ${id}`,
  );
  if (row === undefined) throw notFound('team');
  return row.json;
}

/** Makes a team. Throws `team_name_taken`, `reference_not_found`. */
export async function createTeam(ctx: Context, { name, parentId = null }: CreateTeamInput): Promise<string> {
  const id = newId();
  await rowsOf(
    ctx,
    SQL`insert into teams (id, name, parent_id, created_at, updated_at) values (${id}, ${name}, ${parentId}, ${ctx.now}, ${ctx.now})`,
  );
  emit(ctx, 'team.created', { teamId: id, changes: creation({ name, parentId }) });
  return id;
}

interface TeamRow {
  id: string;
  name: string;
  parentId: string | null;
  version: number;
  updatedAt: Date;
}

/**
 * Edits a team. Throws `team_not_found`, `version_mismatch`, `team_name_taken`, `reference_not_found`, `team_below_itself`, and `forbidden`
 * for a place that gives rights which its giver does not have.
 */
export async function updateTeam(ctx: Context, { id, version }: Revision, patch: UpdateTeamInput): Promise<void> {
  const teams = await lockTree(ctx);
  const team = teams.get(id);
  if (team === undefined) throw notFound('team');
  if (version !== undefined && version !== team.version) throw stale(team.version);
  const changes = edit(team, patch as Partial<TeamRow>, ctx.now);
  if (Object.keys(changes).length === 0) return;
  for (let above = team.parentId; above !== null; above = teams.get(above)?.parentId ?? null) {
    if (above === id) throw invalidField('/parentId', 'team_below_itself', 'A team cannot stand below itself.');
  }
  if (changes.parentId !== undefined && team.parentId !== null) await requirePlace(ctx, id, team.parentId);
  await rowsOf(
    ctx,
    SQL`update teams set name = ${team.name}, parent_id = ${team.parentId}, version = ${team.version}, updated_at = ${ctx.now} where id = ${id}`,
  );
  emit(ctx, 'team.updated', { teamId: id, changes });
}

/** Deletes a team; its members are in it no more. Throws `team_not_found`, `team_has_teams`. */
export async function deleteTeam(ctx: Context, id: string): Promise<void> {
  const teams = await lockTree(ctx);
  if (!teams.has(id)) throw notFound('team');
  if ([...teams.values()].some(({ parentId }) => parentId === id))
    throw conflict('team_has_teams', 'Teams stand below this one; move or delete them first.');
  await rowsOf(ctx, SQL`delete from teams where id = ${id}`);
  emit(ctx, 'team.deleted', { teamId: id });
}

/** Puts a user into a team; once more changes nothing. Throws `team_not_found`, `user_not_found`, and `forbidden` as `requireMembership`. */
export async function addMember(ctx: Context, teamId: string, userId: string): Promise<void> {
  await requireTeam(ctx, teamId);
  const user = await rowOf(ctx, SQL`select 1 from users where id = ${userId} for key share`);
  if (user === undefined) throw notFound('user');
  const member = await rowOf(ctx, SQL`select 1 from team_members where team_id = ${teamId} and user_id = ${userId}`);
  if (member !== undefined) return;
  await requireMembership(ctx, teamId, userId);
  const added = await rowOf(
    ctx,
    SQL`insert into team_members (team_id, user_id) values (${teamId}, ${userId}) on conflict do nothing returning 1`,
  );
  if (added !== undefined) emit(ctx, 'team.member_added', { teamId, userId });
}

/** Takes a user out of a team. Throws `team_not_found`, `user_not_found`. */
export async function removeMember(ctx: Context, teamId: string, userId: string): Promise<void> {
  await requireTeam(ctx, teamId);
  const removed = await rowOf(ctx, SQL`delete from team_members where team_id = ${teamId} and user_id = ${userId} returning 1`);
  if (removed === undefined) throw notFound('user');
  emit(ctx, 'team.member_removed', { teamId, userId });
}

async function requireTeam(ctx: Context, id: string): Promise<void> {
  const team = await rowOf(ctx, SQL`select 1 from teams where id = ${id} for update`);
  if (team === undefined) throw notFound('team');
}

/** All teams, locked: two that move a team below each other at once would close a circle. */
async function lockTree(ctx: Context): Promise<Map<string, TeamRow>> {
  const rows = await rowsOf<TeamRow>(
    ctx,
    SQL`select id, name, parent_id as "parentId", version, updated_at as "updatedAt" from teams order by id for update`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}
