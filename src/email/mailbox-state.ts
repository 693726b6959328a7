import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import type { SyncMailbox } from './correspondents.ts';
import type { MailErrorKind } from './mail.ports.ts';
import { needsPerson } from './mail-error.rules.ts';

/** How long a mailbox's connection is held without a word of its holder, and how often the holder gives one. */
export const leaseSeconds = 9;

const leaseOf = (id: string) => `mailbox:${id}`;

/** A mailbox with where it stands. `generation` changes when somebody changes its settings. */
export interface HeldMailbox extends SyncMailbox {
  state: string;
  generation: number;
}

/** A live mailbox; undefined when it is disconnected. */
export async function mailboxToSync(ctx: Context, id: string): Promise<HeldMailbox | undefined> {
  const row = await rowOf<HeldMailbox & { syncFrom: string | null }>(
    ctx,
    SQL`select id, owner_id as "ownerId", address_normal as address, create_contacts as "createContacts", visibility,
          sync_from as "syncFrom", state, generation from mailboxes where id = ${id} and deleted_at is null`,
  );
  return row && { ...row, syncFrom: row.syncFrom === null ? null : new Date(row.syncFrom) };
}

/** Takes the leases of mailboxes that want a connection and have no holder, at most so many. Returns their ids. */
export async function takeMailboxes(ctx: Context, holder: string, atMost: number): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    ctx,
    SQL`insert into leases as l (name, holder, until)
        select 'mailbox:' || id, ${holder}, now() + make_interval(secs => ${leaseSeconds}) from mailboxes
        where deleted_at is null and state not in ('rejected', 'needs_reauthorisation', 'paused') and (retry_at is null or retry_at <= now())
          and not exists (select 1 from leases where name = 'mailbox:' || mailboxes.id and until > now())
        order by id limit ${atMost}
        on conflict (name) do update set holder = excluded.holder, until = excluded.until where l.until <= now()
        returning substr(l.name, 9) as id`,
  );
  return rows.map(({ id }) => id);
}

/** Holds on to leases. Returns the mailboxes that are still the holder's, with the generation of their settings. */
export const keepMailboxes = (ctx: Context, holder: string, ids: readonly string[]) =>
  rowsOf<{ id: string; generation: number }>(
    ctx,
    SQL`update leases set until = now() + make_interval(secs => ${leaseSeconds}) from mailboxes
        where leases.name = 'mailbox:' || mailboxes.id and leases.holder = ${holder} and mailboxes.id = any(${ids})
          and mailboxes.deleted_at is null
        returning mailboxes.id, mailboxes.generation`,
  );

/** Gives a lease back, so that the next holder need not wait. */
export const releaseMailbox = (ctx: Context, holder: string, id: string) =>
  rowsOf(ctx, SQL`delete from leases where name = ${leaseOf(id)} and holder = ${holder}`);

/** The mailbox is connected and its folders are known. */
export const markLive = (ctx: Context, mailbox: HeldMailbox) =>
  changeState(ctx, mailbox, { to: 'live', code: null, words: null });

/** A whole pass over the mailbox has succeeded: the only thing that ends a back-off. */
export const markSynced = (ctx: Context, { id }: HeldMailbox) =>
  rowsOf(
    ctx,
    SQL`update mailboxes set synced_at = ${ctx.now}, failures = 0, retry_at = null, error = null, error_code = null where id = ${id}`,
  );

/** What went wrong, in the server's own words. */
export interface MailboxFailure {
  kind: MailErrorKind;
  words: string;
  retryAfterMs?: number | undefined;
}

const stateOf: Partial<Record<MailErrorKind, string>> = {
  throttled: 'throttled',
  rejected: 'rejected',
  tls: 'rejected',
  refused_host: 'rejected',
  needs_reauthorisation: 'needs_reauthorisation',
};

/**
 * Notes a failure. What a person must mend stops the mailbox until its settings change; anything else is tried again after a pause that
 * doubles with each failure in a row, from 5 s (throttled: 60 s, or what the server says) to 30 min, give or take a third.
 */
export async function markFailed(ctx: Context, mailbox: HeldMailbox, failure: MailboxFailure): Promise<void> {
  const { kind, words, retryAfterMs } = failure;
  const base = retryAfterMs ?? (kind === 'throttled' ? 60_000 : 5_000);
  const jitter = 0.67 + Math.random() * 0.66;
  await rowsOf(
    ctx,
    SQL`update mailboxes set failures = failures + 1, retry_at = case when ${needsPerson(kind)} then null
          else now() + make_interval(secs => least(1800, ${base / 1000}::float8 * power(2, least(failures, 10))) * ${jitter}::float8) end
        where id = ${mailbox.id} and generation = ${mailbox.generation}`,
  );
  await changeState(ctx, mailbox, { to: stateOf[kind] ?? 'unreachable', code: kind, words });
}

/** Not when the settings have changed meanwhile: what we know is of the old ones. */
async function changeState(
  ctx: Context,
  { id, generation }: HeldMailbox,
  { to, code, words }: { to: string; code: string | null; words: string | null },
): Promise<void> {
  const row = await rowOf<{ before: string }>(
    ctx,
    SQL`update mailboxes set state = ${to}, error_code = coalesce(${code}, mailboxes.error_code), error = coalesce(${words}, mailboxes.error)
        from (select id, state from mailboxes where id = ${id} and generation = ${generation} and deleted_at is null for update) old
        where mailboxes.id = old.id returning old.state as before`,
  );
  if (row && row.before !== to) emit(ctx, 'mailbox.state_changed', { mailboxId: id, from: row.before, to, code });
}
