import { randomBytes } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../src/config.ts';
import { type Context, rootCause, rowOf, rowsOf, type Services, systemActor, transact } from '../src/context.ts';
import { SQL } from '../src/database.ts';
import type { SecretsPort } from '../src/ports.ts';
import { createSecrets, SecretUnreadable } from '../src/secrets.ts';
import { StackError } from './stack/report.ts';

/**
 * The keys that seal secrets: SECRET_KEYS, or a key file (0600) that is made once beside the data of the embedded Postgres, in `keyDir`.
 * Throws a StackError when the database is one's own and there is no SECRET_KEYS, and when others may read the key file.
 */
export async function loadSecrets(config: Config, keyDir: string | undefined): Promise<SecretsPort> {
  if (config.secretKeys !== undefined) return createSecrets(config.secretKeys);
  if (keyDir === undefined) {
    throw new StackError('SECRET_KEYS is not set. With DATABASE_URL it is required; make one with: openssl rand -base64 32');
  }
  const file = join(keyDir, 'secret.key');
  const found = await readOwn(file);
  if (found !== undefined) return createSecrets(found.trim().split(/\s+/)); // a line each: the first one seals, as in SECRET_KEYS
  const key = randomBytes(32).toString('base64');
  await writeFile(file, `${key}\n`, { mode: 0o600, flag: 'wx' });
  return createSecrets([key]);
}

/** A file's text; undefined when there is none. Throws a StackError when others may read or change it. */
async function readOwn(path: string): Promise<string | undefined> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const { mode } = await file.stat();
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new StackError(
        `Others may read the key file ${path}: chmod 600 it, and put a new key in its first line if somebody may have (docs/security.md, Rotation).`,
      );
    }
    return await readFile(file, 'utf8');
  } finally {
    await file.close();
  }
}

const place = ['settings', 'secret_check', 'value'] as const;

/** Makes sure that the keys are those that sealed what the database holds. Throws a StackError in one plain line when they are not. */
export async function checkSecrets(services: Pick<Services, 'db' | 'ports' | 'config' | 'log' | 'now'>): Promise<void> {
  const doing = { actor: systemActor, cause: rootCause({ kind: 'cli' }) };
  const { secrets } = services.ports;
  await transact(services, doing, async (ctx) => {
    const sealed = JSON.stringify(secrets.seal('throughline', place).toString('base64'));
    await rowsOf(ctx, SQL`insert into settings (key, value) values ('secret_check', ${sealed}) on conflict do nothing`);
    const row = await rowOf<{ value: string }>(ctx, SQL`select value from settings where key = 'secret_check'`);
    try {
      secrets.open(Buffer.from(row?.value ?? '', 'base64'), place);
    } catch (error) {
      if (!(error instanceof SecretUnreadable)) throw error;
      throw new StackError(
        'The keys in SECRET_KEYS (or the key file) are not those that sealed this database. Add the earlier key to SECRET_KEYS.',
      );
    }
  });
}

/** Seals the check value anew with the first key, once all else is. */
export async function resealCheck(ctx: Context): Promise<void> {
  const sealed = JSON.stringify(ctx.ports.secrets.seal('throughline', place).toString('base64'));
  await rowsOf(ctx, SQL`update settings set value = ${sealed} where key = 'secret_check'`);
}
