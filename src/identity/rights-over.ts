import { type Actor, type Context, type Grants, type Reach, rowOf, rowsOf, type Verb } from '../context.ts';
import { SQL } from '../database.ts';
import { forbidden } from '../errors.ts';
import { effectiveGrants } from './grants.ts';
import { objectNames } from './permission.schema.ts';
import { covers, may, reachOf, type Shareable } from './permissions.ts';

// What a role says of `own` and `team` is about people. Whoever changes which people these are gives rights over them, and may give none
// that they do not have: to sign in as somebody, to be in a team, and where a team stands are asked of here.

/** What is done to records that there are. */
const verbs = ['read', 'edit', 'delete'] as const satisfies readonly Verb[];

/** Rights that reach as far as `reach`, of holders of these roles, over these people. */
interface Over {
  roles: readonly Grants[];
  reach: Exclude<Reach, 'none' | 'all'>;
  people: readonly string[];
}

/** Throws 403, naming the right, unless the actor has over each of these people what holders of the roles have. */
function requireOver(actor: Actor, { roles, reach, people }: Over): void {
  for (const role of roles) {
    const holder = holderOf(role);
    for (const object of objectNames) {
      for (const verb of verbs) {
        if (reachOf(holder, object, verb) !== reach) continue;
        const own = reachOf(actor, object, verb);
        if (!people.every((person) => covers(actor, own, person))) throw forbidden(`${object}:${verb}`);
      }
    }
  }
}

const holderOf = (role: Grants): Actor => ({ kind: 'user', id: null, userId: null, grants: effectiveGrants(role) });

/**
 * Throws `forbidden` unless the actor may do all that a user may: to whoever could act in the user's stead, what is the user's own and their
 * team's would be open.
 */
export async function requireStandIn(ctx: Context, userId: string): Promise<void> {
  if (userId === ctx.actor.userId) return;
  const roles = await rolesOf(ctx, [userId]);
  requireOver(ctx.actor, { roles, reach: 'own', people: [userId] });
  await requireTeamsOf(ctx, userId, roles);
}

/** Throws `forbidden` for rights of a role by which its holders would come to reach further over their teams than the actor does. */
export async function requireRights(
  ctx: Context,
  key: string,
  { before, after }: { before: Grants; after: Grants },
): Promise<void> {
  const [was, is] = [holderOf(before), holderOf(after)];
  const gained = objectNames.map((object): [string, Partial<Record<Verb, Reach>>] => [
    object,
    Object.fromEntries(
      verbs
        .filter((verb) => reachOf(is, object, verb) === 'team' && ['none', 'own'].includes(reachOf(was, object, verb)))
        .map((verb) => [verb, 'team']),
    ),
  ]);
  const row = await rowOf<{ people: string[] }>(
    ctx,
    SQL`select array(select distinct unnest(team_reach(id)) from users where role_key = ${key} and removed_at is null) as people`,
  );
  const roles = [{ permissions: Object.fromEntries(gained), capabilities: [] }];
  requireOver(ctx.actor, { roles, reach: 'team', people: row?.people ?? [] });
}

/** Throws `forbidden` unless the actor may read others' mail, when a user has any: who acts as them reads it as their own, without a trace. */
export async function requireMailOf(ctx: Context, userId: string): Promise<void> {
  if (userId === ctx.actor.userId || may(ctx.actor, 'read_others_mail')) return;
  const mailbox = await rowOf(ctx, SQL`select 1 from mailboxes where owner_id = ${userId} limit 1`);
  if (mailbox !== undefined) throw forbidden('read_others_mail');
}

/** Throws `forbidden` for a role by which a user would reach further over their teams than the actor does. */
export async function requireRoleFor(ctx: Context, userId: string, role: string): Promise<void> {
  await requireTeamsOf(
    ctx,
    userId,
    await rowsOf(ctx, SQL`select permissions, capabilities, fields from roles where key = ${role}`),
  );
}

async function requireTeamsOf(ctx: Context, userId: string, roles: readonly Grants[]): Promise<void> {
  const row = await rowOf<{ people: string[] }>(ctx, SQL`select team_reach(${userId}) as people`);
  requireOver(ctx.actor, { roles, reach: 'team', people: row?.people ?? [] });
}

/** Throws `forbidden` for a member by whom the user, or who is in the team or above it, would reach further than the actor does. */
export async function requireMembership(ctx: Context, teamId: string, userId: string): Promise<void> {
  const { below, above, over } = await surroundings(ctx, teamId);
  requireOver(ctx.actor, { roles: await rolesOf(ctx, [userId]), reach: 'team', people: below });
  requireOver(ctx.actor, { roles: await rolesOf(ctx, above), reach: 'team', people: [userId] });
  await requireShares(ctx, over);
}

/** Throws `forbidden` for a place below a team by which members of either would reach further than the actor does. */
export async function requirePlace(ctx: Context, teamId: string, parentId: string): Promise<void> {
  const [team, parent] = [await surroundings(ctx, teamId), await surroundings(ctx, parentId)];
  requireOver(ctx.actor, { roles: await rolesOf(ctx, parent.above), reach: 'team', people: team.below });
  if (team.below.length > 0) await requireShares(ctx, parent.over);
}

interface Surroundings {
  /** The members of a team and of those below. */
  below: string[];
  /** The members of a team and of those above. */
  above: string[];
  /** The team and those above. */
  over: string[];
}

async function surroundings(ctx: Context, teamId: string): Promise<Surroundings> {
  const row = await rowOf<Surroundings>(
    ctx,
    SQL`with recursive
          under as (select ${teamId}::uuid as id union select teams.id from teams join under on teams.parent_id = under.id),
          over as (select ${teamId}::uuid as id
            union select teams.parent_id from teams join over on teams.id = over.id where teams.parent_id is not null)
        select array(select user_id from team_members where team_id in (select id from under)) as below,
          array(select user_id from team_members where team_id in (select id from over)) as above, array(select id from over) as over`,
  );
  return row ?? { below: [], above: [], over: [] };
}

const rolesOf = (ctx: Context, userIds: readonly string[]): Promise<Grants[]> =>
  rowsOf(
    ctx,
    SQL`select permissions, capabilities, fields from roles where key in (select role_key from users where id = any(${userIds}::uuid[]))`,
  );

/** Throws `forbidden` unless the actor has what is shared with these teams: as one it is shared with, or by reaching all. */
async function requireShares({ actor, ...ctx }: Context, teams: readonly string[]): Promise<void> {
  const shares = await rowsOf<{ object: Shareable; access: 'read' | 'edit' }>(
    { actor, ...ctx },
    SQL`select distinct object, access from record_shares where team_id = any(${teams}::uuid[]) and team_id <> all(${actor.grants.teams ?? []}::uuid[])`,
  );
  for (const { object, access } of shares) {
    if (reachOf(actor, object, 'read') !== 'all') throw forbidden(`${object}:read`);
    if (access === 'edit' && reachOf(actor, object, 'edit') !== 'all') throw forbidden(`${object}:edit`);
  }
}
