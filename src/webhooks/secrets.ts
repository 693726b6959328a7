import { randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import type { SecretsPort } from '../ports.ts';
import { newWebhookSecret } from './signature.rules.ts';

type Table = 'webhook_sources' | 'webhook_endpoints';

/** The sealed secrets of a row: the present one, and during a rotation the one before it. */
export interface SealedSecrets {
  id: string;
  secret: Buffer;
  previousSecret: Buffer | null;
  previousSecretUntil: Date | string | null;
}

/** Hours that the old secret stays good after a rotation. */
export const rotationHours = 24;

/** A fresh secret in the form the other side expects: `whsec_...` for Standard Webhooks, 43 URL-safe characters else. */
export const newSecret = (form: 'standard' | 'plain'): string =>
  form === 'standard' ? newWebhookSecret() : randomBytes(32).toString('base64url');

/** Seals a secret for its row. */
export const sealSecret = (ctx: Context, table: Table, row: { id: string; secret: string }): Buffer =>
  ctx.ports.secrets.seal(row.secret, [table, row.id, 'secret']);

/** Every secret that is good at `now`, the present one first. Throws `SecretUnreadable` when the key is not configured. */
export function openSecrets(port: SecretsPort, table: Table, { row, now }: { row: SealedSecrets; now: Date }): string[] {
  const place = [table, row.id, 'secret'] as const;
  const secrets = [port.open(row.secret, place)];
  const isRotating = row.previousSecretUntil !== null && new Date(row.previousSecretUntil) > now;
  if (row.previousSecret !== null && isRotating) secrets.push(port.open(row.previousSecret, place));
  return secrets;
}
