import type { Actor, FieldAccess, Grants, Reach, Verb } from '../context.ts';
import { forbidden } from '../errors.ts';
import { capabilities, objectNames } from './permission.schema.ts';
import { alongside, may, reachOf } from './permissions.ts';

/** What a key may do at most: per object (`*` for those not named) to read or to write, and which capabilities. */
export interface Scopes {
  objects: Record<string, 'read' | 'write'>;
  capabilities: readonly string[];
}

/** How far each reach goes, to compare them. */
const reaches: readonly Reach[] = ['none', 'own', 'team', 'all'];

/** SQL for an actor's grants as JSON: `role` is the alias of the row of roles, `user` an expression of the user's id. */
export const grantsJson = (role: string, user: string): string =>
  `json_build_object('permissions', ${role}.permissions, 'capabilities', ${role}.capabilities, 'fields', ${role}.fields,
     'members', team_reach(${user}), 'teams', teams_over(${user}))`;

/** A role's grants as they are checked: capabilities open their objects, and a key's scopes close what they do not name. */
export function effectiveGrants(role: Grants, scopes: Scopes | null = null): Grants {
  const held = scopes === null ? role.capabilities : within(role.capabilities, scopes.capabilities);
  const permissions = { ...role.permissions };
  for (const [capability, objects] of Object.entries(capabilities)) {
    if (!role.capabilities.includes(capability)) continue;
    for (const object of objects) permissions[object] = { create: 'all', read: 'all', edit: 'all', delete: 'all' };
  }
  return { ...role, capabilities: held, permissions: scopes === null ? permissions : scoped(permissions, scopes) };
}

function within(held: readonly string[], wanted: readonly string[]): string[] {
  if (wanted.includes('*')) return [...held];
  return wanted.filter((capability) => held.includes(capability) || (held.includes('*') && capability !== 'read_others_mail'));
}

function scoped(permissions: Grants['permissions'], { objects }: Scopes): Grants['permissions'] {
  const entries = objectNames.map((object): [string, Partial<Record<Verb, Reach>>] => {
    const role = permissions[object] ?? permissions['*'] ?? {};
    const scope = objects[object] ?? objects['*'];
    if (scope === 'write') return [object, role];
    return [object, scope === 'read' ? { read: role.read ?? 'none' } : {}];
  });
  return Object.fromEntries(entries);
}

const verbs = ['create', 'read', 'edit', 'delete'] as const satisfies readonly Verb[];
const rank = (reach: Reach): number => reaches.indexOf(reach);

/** The rights of `before` that `after` lacks or has less of, as they are named in a 403: `contact:edit`, `contact.phone:read`, `export`. */
export function rightsLost(before: Grants, after: Grants): string[] {
  const [from, to] = [actorWith(before), actorWith(after)];
  const lost = objectNames.flatMap((object) =>
    verbs
      .filter((verb) => rank(reachOf(to, object, verb)) < rank(reachOf(from, object, verb)))
      .map((verb) => `${object}:${verb}`),
  );
  const named = Object.keys(capabilities) as (keyof typeof capabilities)[]; // the literal's own keys
  return [...lost, ...fieldsLost(before, after), ...named.filter((capability) => may(from, capability) && !may(to, capability))];
}

/** What a role says of a field, the most closed last. */
const closed: readonly (FieldAccess | undefined)[] = [undefined, 'readonly', 'hidden'];

/** A rule for all custom fields holds for each of them, and that of a contact's address for its other ones. */
function fieldRule({ fields }: Grants, object: string, field: string): FieldAccess | undefined {
  const rules = fields?.[object];
  return rules?.[field] ?? rules?.[alongside[field] ?? ''] ?? rules?.[field.split('.')[0] ?? ''];
}

/** The fields that `after` hides, or keeps from writing, and `before` does not. */
function fieldsLost(before: Grants, after: Grants): string[] {
  return Object.entries(after.fields ?? {}).flatMap(([object, rules]) =>
    Object.entries(rules)
      .filter(([field, rule]) => closed.indexOf(rule) > closed.indexOf(fieldRule(before, object, field)))
      .map(([field, rule]) => `${object}.${field}:${rule === 'hidden' ? 'read' : 'edit'}`),
  );
}

/**
 * Throws 403, naming the first right, unless the actor has every right of these grants: nobody gives away what they do not have, save that
 * who may do everything else says who reads others' mail.
 */
export function requireWithin(actor: Actor, grants: Grants): void {
  const [missing] = rightsLost(grants, actor.grants).filter(
    (right) => right !== 'read_others_mail' || !actor.grants.capabilities.includes('*'),
  );
  if (missing !== undefined && actor.kind !== 'system') throw forbidden(missing);
}

const actorWith = (grants: Grants): Actor => ({ kind: 'user', id: null, userId: null, grants });
