import { type Actor, type Context, type Grants, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { effectiveGrants, grantsJson, type Scopes } from './grants.ts';

type Asker = Pick<Actor, 'kind' | 'id'>;

interface Found {
  userId: string | null;
  grants: Grants;
  scopes: Scopes | null;
}

/** Who asked for work, with what they may do by now; undefined when they may do nothing any more: disabled, revoked, expired. */
export async function actorNow(ctx: Context, { kind, id }: Asker): Promise<Actor | undefined> {
  if (kind !== 'user' && kind !== 'key') return undefined;
  const ofKey = SQL`select k.user_id as "userId", ${SQL.raw(grantsJson('r', 'k.user_id'))} as grants, k.scopes
      from api_keys k left join users u on u.id = k.user_id join roles r on r.key = coalesce(u.role_key, k.role_key)
      where k.id = ${id} and k.revoked_at is null and (k.expires_at is null or k.expires_at > ${ctx.now}) and u.disabled_at is null`;
  const ofUser = SQL`select u.id as "userId", ${SQL.raw(grantsJson('r', 'u.id'))} as grants, null as scopes
      from users u join roles r on r.key = u.role_key where u.id = ${id} and u.disabled_at is null`;
  const found = await rowOf<Found>(ctx, SQL<Found>`${kind === 'key' ? ofKey : ofUser}`);
  return found && { kind, id, userId: found.userId, grants: effectiveGrants(found.grants, found.scopes) };
}
