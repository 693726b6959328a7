import { createHmac, randomBytes } from 'node:crypto';
import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { type AppError, conflict } from '../errors.ts';
import type { SecretsPort } from '../ports.ts';

/** Sealed in `settings`: a key of its own, since those of SECRET_KEYS are replaced, and then no hash would be found again. */
const setting = 'erased_addresses_key';
const place = ['settings', setting, 'value'] as const;

/** It never changes once it is committed, so each process asks for it once. */
const learnt = new WeakMap<SecretsPort, Buffer>();

/** Keeps hashes of addresses, and nothing else of them, so that their owners do not come back by themselves. */
export async function rememberErased(ctx: Context, erasureId: string, addresses: readonly string[]): Promise<void> {
  const sealed = ctx.ports.secrets.seal(randomBytes(32).toString('base64'), place).toString('base64');
  await rowsOf(ctx, SQL`insert into settings (key, value) values (${setting}, ${JSON.stringify(sealed)}) on conflict do nothing`);
  const key = await readKey(ctx); // may be our own, and be rolled back: it is not remembered
  if (key === undefined) throw new Error('the key was just made');
  for (const address of addresses) {
    await rowsOf(
      ctx,
      SQL`insert into erased_addresses (address_hash, erasure_id, erased_at) values (${hashOf(key, address)}, ${erasureId}, ${ctx.now})
          on conflict (address_hash) do update set erasure_id = excluded.erasure_id, erased_at = excluded.erased_at`,
    );
  }
}

/** Which of these addresses, in their normal form, belonged to people who were erased. */
export async function erasedAmong(ctx: Context, addresses: readonly string[]): Promise<ReadonlySet<string>> {
  if (addresses.length === 0) return nobody;
  const key = await learnKey(ctx);
  if (key === undefined) return nobody;
  const byHash = new Map(addresses.map((address) => [hashOf(key, address).toString('hex'), address]));
  const rows = await rowsOf<{ hash: string }>(
    ctx,
    SQL`select encode(address_hash, 'hex') as hash from erased_addresses
        where address_hash = any(array(select decode(given, 'hex') from unnest(${[...byHash.keys()]}::text[]) as given))`,
  );
  return new Set(rows.flatMap((row) => byHash.get(row.hash) ?? []));
}

const nobody: ReadonlySet<string> = new Set();

/** The erasure of the person who had this address, in its normal form; undefined when nobody with it was erased. */
export async function erasureOf(ctx: Context, address: string): Promise<string | undefined> {
  const key = await learnKey(ctx);
  if (key === undefined) return undefined;
  const row = await rowOf<{ id: string }>(
    ctx,
    SQL`select erasure_id as id from erased_addresses where address_hash = ${hashOf(key, address)}`,
  );
  return row?.id;
}

/** What `admit_contact` asks for, without a question to the database; null while this process does not know the key. */
export function addressHash(ctx: Context, address: string): Buffer | null {
  const key = learnt.get(ctx.ports.secrets);
  return key === undefined ? null : hashOf(key, address);
}

/**
 * Says more of what `admit_contact` refused; any other refusal is thrown as it is. When it was only that the key was not known, it is
 * learnt, and the transaction is tried again.
 */
export async function explainErased(ctx: Context, refusal: AppError): Promise<never> {
  if (refusal.code === 'contact_erased') throw erased(ctx);
  if (refusal.code !== 'contact_admission_unknown') throw refusal;
  await learnKey(ctx);
  throw Object.assign(new Error('The key of erased addresses was not known.'), { code: '40001' });
}

/** Throws 409 `contact_erased` when one of the addresses, in their normal form, is that of somebody who was erased. */
export async function requireAdmitted(ctx: Context, addresses: readonly string[]): Promise<void> {
  if ((await erasedAmong(ctx, addresses)).size > 0) throw erased(ctx);
}

/**
 * A user who knows that somebody was erased may make them anew: the hash goes, and the log says who did it. For integrations and keys it
 * does nothing, and they are refused as ever.
 */
export async function readmitPerson(ctx: Context, address: string, contactId: string): Promise<void> {
  const key = await learnKey(ctx);
  if (key === undefined || ctx.actor.kind !== 'user') return;
  const gone = await rowsOf(ctx, SQL`delete from erased_addresses where address_hash = ${hashOf(key, address)} returning 1`);
  if (gone.length > 0) emit(ctx, 'contact.readmitted', { contactId });
}

function erased({ actor }: Context): AppError {
  const message =
    actor.kind === 'user'
      ? 'The person with this address was erased at their request. If they came back by themselves, make the contact with readmit=true.'
      : 'The person with this address was erased at their request; only a user may make them anew, knowingly.';
  return conflict('contact_erased', message, { errors: [{ pointer: '/email', code: 'contact_erased', message }] });
}

async function learnKey(ctx: Context): Promise<Buffer | undefined> {
  const key = learnt.get(ctx.ports.secrets) ?? (await readKey(ctx));
  if (key !== undefined) learnt.set(ctx.ports.secrets, key);
  return key;
}

/** Undefined as long as nobody was ever erased. */
async function readKey(ctx: Context): Promise<Buffer | undefined> {
  const row = await rowOf<{ value: string }>(ctx, SQL`select value from settings where key = ${setting}`);
  return row === undefined ? undefined : Buffer.from(ctx.ports.secrets.open(Buffer.from(row.value, 'base64'), place), 'base64');
}

/** HMAC-SHA-256. */
const hashOf = (key: Buffer, address: string): Buffer => createHmac('sha256', key).update(address).digest();
