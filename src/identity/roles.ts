import { type Context, type Grants, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, notFound, stale } from '../errors.ts';
import { type Changes, creation } from '../records.ts';
import { columnsOf, jsonOf } from '../wire.ts';
import { effectiveGrants, requireWithin, rightsLost } from './grants.ts';
import type { AccessSettingsInput, CreateRoleInput, UpdateRoleInput } from './permission.schema.ts';
import type { ObjectName } from './permissions.ts';
import { requireRights } from './rights-over.ts';

const roleColumns = columnsOf(
  'roles',
  'id key name permissions capabilities fields shipped createdAt:instant updatedAt:instant version',
);

interface Role extends Grants {
  id: string;
  key: string;
  name: string;
  shipped: boolean;
  version: number;
}

/** JSON of all roles, the shipped ones first. There are few. */
export async function listRoles(ctx: Context): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('data', coalesce(json_agg(${SQL.raw(jsonOf(roleColumns))} order by shipped desc, name collate people), '[]'),
          'nextCursor', null)::text as json from roles`,
  );
  return row?.json ?? '';
}

/** JSON of a role. Throws `role_not_found`. */
export async function getRole(ctx: Context, key: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(roleColumns))}::text as json from roles where key = ${key}`,
  );
  if (row === undefined) throw notFound('role');
  return row.json;
}

/** Makes a role. Throws `role_key_taken`, and `forbidden` for a right that its maker does not have. */
export async function createRole(ctx: Context, input: CreateRoleInput): Promise<void> {
  requireWithin(ctx.actor, effectiveGrants(input as Grants)); // the schema's names are the grants' words
  const id = newId();
  const { key, name, permissions, capabilities, fields } = input;
  await rowsOf(
    ctx,
    SQL`insert into roles (id, key, name, permissions, capabilities, fields, created_at, updated_at)
        values (${id}, ${key}, ${name}, ${JSON.stringify(permissions)}, ${capabilities}, ${JSON.stringify(fields)}, ${ctx.now}, ${ctx.now})`,
  );
  emit(ctx, 'role.created', { roleId: id, key, changes: creation({ name, permissions, capabilities, fields }) });
}

/** Which role, and the version that the caller has read. */
export interface RoleRevision {
  key: string;
  version?: number | undefined;
}

/**
 * Edits a role; its holders have the new rights at once. Throws `role_not_found`, `role_is_fixed` for admin, `version_mismatch`, `forbidden`
 * for a right that the editor does not have, be it given or taken away, and `confirmation_needed`, which lists what the editor would lose,
 * unless they say `confirm`.
 */
export async function updateRole(ctx: Context, { key, version }: RoleRevision, patch: UpdateRoleInput): Promise<void> {
  const role = await lockRole(ctx, key);
  if (key === 'admin') throw conflict('role_is_fixed', 'Admins may do everything; that role cannot be changed.');
  if (version !== undefined && version !== role.version) throw stale(role.version);
  const { confirm, ...given } = patch;
  const next = { ...role, ...given } as Role; // the schema's names are the grants' words
  for (const grants of [role, next]) requireWithin(ctx.actor, effectiveGrants(grants));
  await requireRights(ctx, key, { before: role, after: next });
  const lost = (await holds(ctx, key)) ? rightsLost(effectiveGrants(role), effectiveGrants(next)) : [];
  if (lost.length > 0 && confirm !== true) {
    throw conflict('confirmation_needed', 'You would lose rights yourself; send "confirm": true if you mean it.', { lost });
  }
  const changes = changesOf(role, given);
  if (Object.keys(changes).length === 0) return;
  await rowsOf(
    ctx,
    SQL`update roles set name = ${next.name}, permissions = ${JSON.stringify(next.permissions)}, capabilities = ${next.capabilities},
          fields = ${JSON.stringify(next.fields)}, updated_at = ${ctx.now}, version = version + 1 where key = ${key}`,
  );
  emit(ctx, 'role.updated', { roleId: role.id, key, changes });
}

/** Has what roles say of a field hold for its new name as well. The old name keeps its rule, since the log tells values under it. */
export async function followFieldName(
  ctx: Context,
  object: ObjectName,
  { from, to }: { from: string; to: string },
): Promise<void> {
  const rule = SQL`fields -> ${object} -> ${from}`;
  const stricter = SQL`case when fields -> ${object} ->> ${to} = 'hidden' then fields -> ${object} -> ${to} else ${rule} end`;
  const rows = await rowsOf<{ id: string; key: string; fields: FieldRules }>(
    ctx,
    SQL`update roles set fields = jsonb_set(fields, array[${object}, ${to}]::text[], ${stricter}), updated_at = ${ctx.now}, version = version + 1
        where ${rule} is not null returning id, key, fields`,
  );
  for (const { id, key, fields } of rows) {
    const { [to]: _, ...before } = fields[object] ?? {};
    emit(ctx, 'role.updated', { roleId: id, key, changes: { fields: { from: { ...fields, [object]: before }, to: fields } } });
  }
}

type FieldRules = Partial<Record<ObjectName, Record<string, string>>>;

/** Deletes a role of one's own making that nobody has. Throws `role_not_found`, `role_is_fixed`, `role_in_use`. */
export async function deleteRole(ctx: Context, key: string): Promise<void> {
  const role = await lockRole(ctx, key);
  if (role.shipped) throw conflict('role_is_fixed', 'This role is part of Throughline and cannot be deleted.');
  const used = await rowOf(
    ctx,
    SQL`select 1 where exists (select 1 from users where role_key = ${key})
          or exists (select 1 from api_keys where role_key = ${key} and revoked_at is null)
          or exists (select 1 from webhook_endpoints where role_key = ${key} and deleted_at is null)
          or exists (select 1 from identity_providers where default_role = ${key}) or exists (select 1 from provider_rules where role = ${key})`,
  );
  if (used !== undefined)
    throw conflict('role_in_use', 'Users, keys, endpoints or providers have this role; give them another one first.');
  await rowsOf(ctx, SQL`update api_keys set role_key = 'viewer' where role_key = ${key}`);
  await rowsOf(ctx, SQL`update webhook_endpoints set role_key = 'viewer' where role_key = ${key}`);
  await rowsOf(ctx, SQL`delete from roles where key = ${key}`);
  emit(ctx, 'role.deleted', { roleId: role.id, key });
}

/** Throws `reference_not_found` for a role that is not there, and `forbidden` for one that may do what the actor may not. */
export async function requireRoleWithin(ctx: Context, key: string): Promise<void> {
  if (ctx.actor.kind === 'system') return;
  const role = await rowOf<Role>(ctx, SQL`select permissions, capabilities, fields from roles where key = ${key}`);
  if (role !== undefined) requireWithin(ctx.actor, effectiveGrants(role)); // the foreign key tells of a missing one
}

/** Whether reps read only what is their team's: a way to say it for contacts, companies and deals of the role `rep` at once. */
export async function accessSettings(ctx: Context): Promise<AccessSettingsInput> {
  const row = await rowOf<AccessSettingsInput>(
    ctx,
    SQL`select permissions->'contact'->>'read' = 'team' and permissions->'company'->>'read' = 'team' and permissions->'deal'->>'read' = 'team'
          as "repsReadTeamOnly" from roles where key = 'rep'`,
  );
  return row ?? { repsReadTeamOnly: false };
}

/** Sets it. Activities, tasks and mail follow their records. */
export async function setAccessSettings(ctx: Context, { repsReadTeamOnly }: AccessSettingsInput): Promise<void> {
  const { permissions } = await lockRole(ctx, 'rep');
  const read = repsReadTeamOnly ? ('team' as const) : ('all' as const);
  const narrowed = Object.fromEntries(['contact', 'company', 'deal'].map((object) => [object, { ...permissions[object], read }]));
  await updateRole(ctx, { key: 'rep' }, { permissions: { ...permissions, ...narrowed }, confirm: true });
}

async function lockRole(ctx: Context, key: string): Promise<Role> {
  const role = await rowOf<Role>(
    ctx,
    SQL`select id, key, name, permissions, capabilities, fields, shipped, version from roles where key = ${key} for update`,
  );
  if (role === undefined) throw notFound('role');
  return role;
}

/** Whether the actor's rights come from this role. */
async function holds({ actor, ...ctx }: Context, key: string): Promise<boolean> {
  const row = await rowOf(
    { actor, ...ctx },
    SQL`select 1 from users where id = ${actor.userId} and role_key = ${key}
        union all select 1 from api_keys where id = ${actor.id} and role_key = ${key}`,
  );
  return row !== undefined;
}

function changesOf(role: Role, given: Omit<UpdateRoleInput, 'confirm'>): Changes {
  const before = new Map<string, unknown>(Object.entries(role));
  const changed = Object.entries(given).filter(([field, to]) => JSON.stringify(before.get(field)) !== JSON.stringify(to));
  return Object.fromEntries(changed.map(([field, to]) => [field, { from: before.get(field), to }]));
}
