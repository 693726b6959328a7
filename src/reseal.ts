import { type Context, rowOf, rowsOf } from './context.ts';
import { SQL } from './database.ts';

/** A column in which something is sealed. */
export interface SealedPlace {
  table: string;
  column: string;
  /** The primary key. Its values with a space between them are the row that a value is sealed for. */
  key: readonly string[];
  /** The column that it is sealed for, when that is another: a rotated secret moves on as it is. */
  as?: string;
}

/** Every one of them; what is sealed in `settings` is below. */
export const sealedPlaces: readonly SealedPlace[] = [
  { table: 'mailboxes', column: 'credentials', key: ['id'] },
  { table: 'webhook_sources', column: 'secret', key: ['id'] },
  { table: 'webhook_sources', column: 'previous_secret', key: ['id'], as: 'secret' },
  { table: 'webhook_endpoints', column: 'secret', key: ['id'] },
  { table: 'webhook_endpoints', column: 'previous_secret', key: ['id'], as: 'secret' },
  { table: 'second_factors', column: 'secret', key: ['user_id'] },
  { table: 'identity_providers', column: 'client_secret', key: ['id'] },
  { table: 'idempotency_keys', column: 'answer', key: ['actor_id', 'route', 'key'] },
  { table: 'erasures', column: 'subject', key: ['id'] },
];

/** Settings whose value is sealed, as text in base64; beside them the check value, which `checkSecrets` seals and which is the last of all. */
export const sealedSettings: readonly string[] = ['erased_addresses_key'];

/** What became of the values of a place. */
export interface Resealed {
  /** Sealed anew with the first key. */
  resealed: number;
  /** Of no configured key, or damaged: left as they are. */
  unreadable: number;
}

const batchSize = 200;

/**
 * Seals the values of a place anew that another key than the first one sealed: the next few behind the key `after`. Returns where it came
 * to, undefined at the end. What a transaction of this has committed is done, so that it can be stopped and begun again at any time.
 */
export async function resealBatch(
  ctx: Context,
  { table, column, key, as = column }: SealedPlace,
  after: readonly string[] | undefined,
): Promise<Resealed & { last: string[] | undefined }> {
  const { secrets } = ctx.ports;
  const keys = SQL.join(key.map((name) => SQL`${SQL.ref(name)}::text collate "C"`));
  const rows = await rowsOf<{ id: string[]; at: string; sealed: Buffer }>(
    ctx,
    SQL`select array[${keys}] as id, ctid::text as at, ${SQL.ref(column)} as sealed from ${SQL.table(table)}
        where substring(${SQL.ref(column)} from 2 for 4) <> ${secrets.fingerprint}
          ${after === undefined ? SQL`` : SQL`and row(${keys}) > row(${SQL.join(after)})`}
        order by ${keys} limit ${SQL.lit(batchSize)} for update`,
  );
  const done: Resealed = { resealed: 0, unreadable: 0 };
  for (const { id, at, sealed } of rows) {
    const place = [table, id.join(' '), as] as const;
    const plain = opened(() => secrets.open(sealed, place));
    if (plain === undefined) {
      done.unreadable += 1;
      continue;
    }
    const anew = secrets.seal(plain, place);
    await rowsOf(ctx, SQL`update ${SQL.table(table)} set ${SQL.ref(column)} = ${anew} where ctid = ${at}::tid`); // locked above
    done.resealed += 1;
  }
  return { ...done, last: rows.length < batchSize ? undefined : rows.at(-1)?.id };
}

/** Seals one of `sealedSettings` anew, when another key than the first one sealed it. */
export async function resealSetting(ctx: Context, key: string): Promise<Resealed> {
  const { secrets } = ctx.ports;
  const row = await rowOf<{ value: string }>(ctx, SQL`select value from settings where key = ${key} for update`);
  const sealed = Buffer.from(row?.value ?? '', 'base64');
  if (row === undefined || sealed.subarray(1, 5).equals(secrets.fingerprint)) return { resealed: 0, unreadable: 0 };
  const place = ['settings', key, 'value'] as const;
  const plain = opened(() => secrets.open(sealed, place));
  if (plain === undefined) return { resealed: 0, unreadable: 1 };
  const anew = JSON.stringify(secrets.seal(plain, place).toString('base64'));
  await rowsOf(ctx, SQL`update settings set value = ${anew} where key = ${key}`);
  return { resealed: 1, unreadable: 0 };
}

function opened(open: () => string): string | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}
