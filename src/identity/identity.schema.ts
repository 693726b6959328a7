import { z } from 'zod';
import { TimeZone } from '../iso.schema.ts';
import { Email, Id, Instant, label } from '../wire.ts';
import { objectNames } from './permission.schema.ts';
import { Password } from './sign-in.schema.ts';

/** The first admin, made once through the link that `start` prints. */
export const FirstAdmin = z.strictObject({
  token: z.string().max(200),
  name: label(200),
  email: Email,
  password: Password,
  timeZone: TimeZone.optional(),
});

/** A new user. Without a password they are let in by a link, see `POST /users/:id/link`. */
export const CreateUser = z.strictObject({
  name: label(200),
  email: Email,
  password: Password.optional(),
  role: label(50),
  timeZone: TimeZone.optional(),
});
export type CreateUserInput = z.output<typeof CreateUser>;

/** Changes of a user. Role and `disabled` are for those who may edit every user. */
export const UpdateUser = z
  .strictObject({ name: label(200), timeZone: TimeZone, role: label(50), disabled: z.boolean() })
  .partial();
export type UpdateUserInput = z.output<typeof UpdateUser>;

/** A person who signs in. */
export const UserOut = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    role: z.string(),
    timeZone: z.string(),
    disabledAt: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'User' });

/** Who is calling. */
export const MeOut = z.object({
  kind: z.enum(['user', 'key']),
  user: z.object({ id: z.string(), name: z.string(), email: z.string(), timeZone: z.string() }).nullable(),
  role: z.string(),
  permissions: z.record(z.string(), z.record(z.string(), z.string())),
  capabilities: z.array(z.string()),
  fields: z.record(z.string(), z.record(z.string(), z.string())),
});

/** What a key may do at most: to read or to write, per object (`*` for those not named), and which capabilities (`*` for all of its role's). */
const Scopes = z.strictObject({
  objects: z.partialRecord(z.enum([...objectNames, '*']), z.enum(['read', 'write'])),
  capabilities: z.array(label(50)).max(50).default([]),
});

/** A new API key: a service of its own with a role, or one that acts as a user and has theirs. */
export const CreateKey = z.strictObject({
  name: label(100),
  role: label(50).optional(),
  userId: Id.nullish(),
  scopes: Scopes.nullish(),
  expiresAt: Instant.nullish(),
});

/** How long the secret before works beside the new one. */
export const RotateKey = z.strictObject({ overlapHours: z.int().min(0).max(720).default(24) });
export type CreateKeyInput = z.output<typeof CreateKey>;

const key = {
  id: z.string(),
  name: z.string(),
  role: z.string(),
  userId: z.string().nullable(),
  scopes: z.object({ objects: z.record(z.string(), z.string()), capabilities: z.array(z.string()) }).nullable(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  createdAt: z.string(),
};

/** An API key without its secret. */
export const KeyOut = z.object(key).meta({ id: 'ApiKey' });
/** A new key with its secret, shown this once. */
export const NewKeyOut = z.object({ ...key, key: z.string() }).meta({ id: 'NewApiKey' });
