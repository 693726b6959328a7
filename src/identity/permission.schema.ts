import { z } from 'zod';
import { UserReference } from '../match.schema.ts';
import { Id, label, refusal } from '../wire.ts';

/** Nouns that permissions speak of. */
export const objectNames = [
  'company',
  'contact',
  'deal',
  'pipeline',
  'activity',
  'activity_type',
  'task',
  'custom_field',
  'tag',
  'bulk_edit',
  'file',
  'view',
  'message',
  'mailbox',
  'event',
  'notification',
  'erasure',
  'user',
  'team',
  'role',
  'key',
  'audit',
  'webhook_source',
  'webhook_endpoint',
  'run',
  'system',
] as const;

/** Acts on the hub as a whole, which have no owner. Each opens the objects beside it, or is asked for by name. */
export const capabilities = {
  import: [],
  export: [],
  merge: [],
  erase: ['erasure'],
  manage_fields: ['custom_field', 'tag', 'activity_type'],
  manage_pipelines: ['pipeline'],
  manage_automations: [],
  manage_webhooks: ['webhook_source', 'webhook_endpoint'],
  manage_connections: [],
  manage_users: ['user', 'team', 'role', 'key'],
  see_audit: ['audit'],
  read_others_mail: [],
} as const satisfies Record<string, readonly (typeof objectNames)[number][]>;

const CapabilityName = z.enum(Object.keys(capabilities) as [keyof typeof capabilities]); // the literal's own keys
const ReachName = z.enum(['none', 'own', 'team', 'all']);
const Reaches = z.strictObject({ create: ReachName, read: ReachName, edit: ReachName, delete: ReachName }).partial();

/** Per object the reach of each verb; what is not named is `none`, `*` stands for every object that is not named. */
const Permissions = z.partialRecord(z.enum([...objectNames, '*']), Reaches);

/** Every answer needs these, so that no role can hide them. */
const alwaysShown = new Set(['id', 'version', 'createdAt', 'updatedAt']);
const FieldName = label(120).refine(
  (name) => !alwaysShown.has(name),
  refusal('always_shown', 'cannot be hidden or made read-only'),
);
const Fields = z.partialRecord(z.enum(objectNames), z.record(FieldName, z.enum(['hidden', 'readonly'])));

const RoleKey = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/, { error: 'must be small letters, digits and _, such as key_account' });

const role = { name: label(100), permissions: Permissions, capabilities: z.array(CapabilityName).max(50), fields: Fields };

/** A role of one's own. */
export const CreateRole = z.strictObject({
  key: RoleKey,
  ...role,
  capabilities: role.capabilities.default([]),
  fields: Fields.default({}),
});
export type CreateRoleInput = z.output<typeof CreateRole>;

/** Changes of a role; `confirm` says that one knows to lose rights oneself. */
export const UpdateRole = z.strictObject({ ...z.object(role).partial().shape, confirm: z.boolean().optional() });
export type UpdateRoleInput = z.output<typeof UpdateRole>;

/** Route parameters of a role. */
export const ByKey = z.strictObject({ key: RoleKey });

/** What the holders of a role may do. */
export const RoleOut = z
  .object({
    id: z.string(),
    key: z.string(),
    name: z.string(),
    permissions: z.record(z.string(), z.record(z.string(), z.string())),
    capabilities: z.array(z.string()),
    fields: z.record(z.string(), z.record(z.string(), z.string())),
    shipped: z.boolean(),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'Role' });

/** How access is set for the whole organisation. */
export const AccessSettings = z.strictObject({ repsReadTeamOnly: z.boolean() }).meta({ id: 'AccessSettings' });
export type AccessSettingsInput = z.output<typeof AccessSettings>;

/** Who gets what a removed user owned. */
export const RemoveUser = z.strictObject({ inheritor: Id });

/** A team; without `parentId` it stands at the top of the tree. */
export const CreateTeam = z.strictObject({ name: label(100), parentId: Id.nullish() });
export type CreateTeamInput = z.output<typeof CreateTeam>;

/** Changes of a team. */
export const UpdateTeam = z.strictObject({ name: label(100), parentId: Id.nullable() }).partial();
export type UpdateTeamInput = z.output<typeof UpdateTeam>;

/** Route parameters of a team's member. */
export const ByMember = z.strictObject({ id: Id, userId: Id });

/** A team with its members. */
export const TeamOut = z
  .object({
    id: z.string(),
    name: z.string(),
    parentId: z.string().nullable(),
    userIds: z.array(z.string()),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'Team' });

/** Shares a record with one user or one team. */
export const CreateShare = z
  .strictObject({ userId: UserReference.optional(), teamId: Id.optional(), access: z.enum(['read', 'edit']) })
  .refine(
    ({ userId, teamId }) => (userId === undefined) !== (teamId === undefined),
    refusal('either_of', 'name either userId or teamId', 'userId'),
  );
export type CreateShareInput = z.output<typeof CreateShare>;

/** Route parameters of a share. */
export const ByShare = z.strictObject({ id: Id, shareId: Id });

/** Who a record is shared with, besides its owner. */
export const ShareOut = z
  .object({
    id: z.string(),
    userId: z.string().nullable(),
    teamId: z.string().nullable(),
    access: z.enum(['read', 'edit']),
    sharedBy: z.string().nullable(),
    createdAt: z.string(),
  })
  .meta({ id: 'Share' });

/** What the caller may do to a record. Who may edit it may share it too. */
export const RightsOut = z.object({ edit: z.boolean(), delete: z.boolean() }).meta({ id: 'Rights' });
export type Rights = z.output<typeof RightsOut>;
