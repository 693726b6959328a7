import { z } from 'zod';
import { Id, label, refusal, text } from '../wire.ts';

const ProviderKey = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,49}$/, { error: 'must be small letters, digits, _ and -, such as google' });

/** An issuer is compared letter by letter, and has neither query nor fragment (OpenID Connect Core, section 2). */
const Issuer = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://accounts.google.com' })
  .max(500)
  .refine((value) => !/[?#@]/.test(value), refusal('invalid_issuer', 'must have no query, fragment or user name'));

const Scope = z
  .string()
  .max(500)
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, { error: 'must be words with a space between them' })
  .refine((value) => value.split(' ').includes('openid'), refusal('openid_missing', 'must include openid'));

const Domain = z
  .string()
  .max(253)
  .toLowerCase()
  .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,63}$/, { error: 'must be a domain such as acme.com' });

/** What a claim means here: whoever has this value gets the role, or is a member of the team. */
const Rule = z
  .strictObject({ claim: label(200), value: label(500), role: label(50).nullish(), teamId: Id.nullish() })
  .refine(
    ({ role, teamId }) => ((role ?? null) !== null) !== ((teamId ?? null) !== null),
    refusal('either_of', 'name either role or teamId', 'role'),
  );
export type ProviderRule = z.output<typeof Rule>;

/** A level or a way of authentication as a provider names it: one word, since a request lists them with spaces between. */
const Strength = z
  .string()
  .max(200)
  .regex(/^[\x21-\x7e]+$/, { error: 'must be one word, such as mfa' });

const provider = {
  name: label(100),
  clientId: label(500),
  /** Null for a public client. */
  clientSecret: text(2_000).min(1).nullable(),
  scope: Scope,
  /** Whoever has a verified address of one of these is made a user at their first sign-in. */
  allowedDomains: z.array(Domain).max(100),
  /** Of users that are made, and of those whom no rule gives a role. */
  defaultRole: label(50).nullable(),
  rules: z.array(Rule).max(200),
  /** How they must have signed in there: one of these is the ID token's `acr`, and one of these is in its `amr`. */
  requiredAcr: z.array(Strength).max(20),
  requiredAmr: z.array(Strength).max(20),
  /** How long ago that may be. */
  maxAgeSeconds: z.int().min(0).max(31_536_000).nullable(),
  enabled: z.boolean(),
};

/** An OpenID Connect provider. `key` and `issuer` stay: addresses and links to users are made of them. */
export const CreateProvider = z.strictObject({
  key: ProviderKey,
  issuer: Issuer,
  ...provider,
  clientSecret: provider.clientSecret.default(null),
  scope: provider.scope.default('openid email profile'),
  allowedDomains: provider.allowedDomains.default([]),
  defaultRole: provider.defaultRole.default(null),
  rules: provider.rules.default([]),
  requiredAcr: provider.requiredAcr.default([]),
  requiredAmr: provider.requiredAmr.default([]),
  maxAgeSeconds: provider.maxAgeSeconds.default(null),
  enabled: provider.enabled.default(true),
});
export type CreateProviderInput = z.output<typeof CreateProvider>;

/** Changes of a provider; the secret stays when it is not given. */
export const UpdateProvider = z.strictObject(provider).partial();
export type UpdateProviderInput = z.output<typeof UpdateProvider>;

/** A provider without its secret. `redirectUri` is to be registered there. */
export const ProviderOut = z
  .object({
    id: z.string(),
    key: z.string(),
    name: z.string(),
    issuer: z.string(),
    clientId: z.string(),
    hasSecret: z.boolean(),
    scope: z.string(),
    allowedDomains: z.array(z.string()),
    defaultRole: z.string().nullable(),
    rules: z.array(
      z.object({ claim: z.string(), value: z.string(), role: z.string().nullable(), teamId: z.string().nullable() }),
    ),
    requiredAcr: z.array(z.string()),
    requiredAmr: z.array(z.string()),
    maxAgeSeconds: z.int().nullable(),
    enabled: z.boolean(),
    redirectUri: z.string(),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'IdentityProvider' });

/** Route parameters of a provider that people sign in with. */
export const ByProviderKey = z.strictObject({ key: ProviderKey });

/** Where to send the browser. */
export const ProviderBeginOut = z.object({ url: z.string() });

/** The query of the address that the browser came back to. */
export const ProviderFinish = z.strictObject({ query: z.string().max(8_000) });
