import { normalAddress } from '../contacts/address.rules.ts';
import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, forbidden, invalidField, notFound } from '../errors.ts';
import { may, requireReach, visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { type Changes, type RecordSource, type Revision, recordJson, requireVersion } from '../records.ts';
import { columnsOf, type WireColumns } from '../wire.ts';
import type { MailServerSettings } from './mail.ports.ts';
import type { ConnectMailboxInput, UpdateMailboxInput } from './mailbox.schema.ts';

const counted = (outcome: string) => `count(*) filter (where outcome = '${outcome}')`;

/** Counts are those of the ledger itself, so they cannot drift from it. */
const importJson = `(select json_build_object('found', found, 'logged', logged, 'waiting', waiting, 'skipped', skipped,
    'quarantined', quarantined, 'progress', case when backfilling or folders = 0 then
      least(0.999, (logged + waiting + skipped + quarantined)::float8 / greatest(found, 1)) else 1 end)
  from (select coalesce(sum(message_count), 0) as found, coalesce(bool_or(state = 'backfilling'), true) as backfilling, count(*) as folders
      from mail_folders where mailbox_id = mailboxes.id and state <> 'gone') f,
    (select ${counted('logged')} as logged, ${counted('waiting')} as waiting, ${counted('skipped')} as skipped,
      ${counted('quarantined')} as quarantined from mail_ledger where mailbox_id = mailboxes.id and gone_at is null) l)`;

/** A mailbox on the wire. */
const mailboxColumns: WireColumns = {
  ...columnsOf('mailboxes', 'id address ownerId imap smtp state errorCode error retryAt:instant'),
  ...columnsOf('mailboxes', 'createContacts visibility syncFrom:instant syncedAt:instant'),
  import: [importJson, 'plain'],
  ...columnsOf('mailboxes', 'createdAt:instant updatedAt:instant version'),
};

const source: RecordSource = { object: 'mailbox', table: 'mailboxes', columns: mailboxColumns };

/** The JSON of a mailbox, without its credentials. Throws `mailbox_not_found`. */
export const getMailbox = (ctx: Context, id: string): Promise<string> => recordJson(ctx, source, id);

/** A page of the mailboxes that the caller may see. */
export function listMailboxes(ctx: Context, page: PageRequest): Promise<JsonText> {
  return listOf(ctx, page, {
    columns: mailboxColumns,
    from: SQL`mailboxes`,
    where: [visible(ctx, 'mailbox', 'mailboxes'), SQL`mailboxes.deleted_at is null`],
    id: 'mailboxes.id',
    sorts: { createdAt: { expression: 'mailboxes.created_at', type: 'timestamptz' } },
    defaultSort: '-createdAt',
  });
}

/** What is sealed: how to sign in to both servers. */
interface Credentials {
  imap: MailServerSettings['auth'];
  smtp: MailServerSettings['auth'];
}

const placeOf = (id: string) => ['mailboxes', id, 'credentials'] as const;
const sealed = (ctx: Context, id: string, credentials: Credentials): Buffer =>
  ctx.ports.secrets.seal(JSON.stringify(credentials), placeOf(id));

/** Settings as they are stored and shown: without the secret. */
const shown = ({ host, port, security, auth }: MailServerSettings) => ({
  host,
  port,
  security,
  username: auth.username,
  authType: auth.type,
});

/** Connects a mailbox, the caller's own; a mail process notices it by itself. Returns its id. Throws `mailbox_exists`, `mailbox_needs_owner`. */
export async function connectMailbox(ctx: Context, input: ConnectMailboxInput): Promise<string> {
  const ownerId = ctx.actor.userId;
  if (ownerId === null)
    throw conflict('mailbox_needs_owner', 'A mailbox belongs to a person; use their session or a key of theirs.');
  const address = normalAddress(input.address);
  if (address === null) throw invalidField('/address', 'invalid_email', 'address must be one that mail can reach.');
  const id = newId();
  const { imap, smtp, createContacts, visibility, syncFrom } = input;
  await rowsOf(
    ctx,
    SQL`insert into mailboxes (id, owner_id, address, address_normal, imap, smtp, credentials, create_contacts, visibility, sync_from,
          created_at, updated_at)
        values (${id}, ${ownerId}, ${input.address}, ${address}, ${JSON.stringify(shown(imap))}, ${JSON.stringify(shown(smtp))},
          ${sealed(ctx, id, { imap: imap.auth, smtp: smtp.auth })}, ${createContacts}, ${visibility}, ${syncFrom}, ${ctx.now}, ${ctx.now})`,
  );
  emit(ctx, 'mailbox.connected', { mailboxId: id, address, ownerId });
  return id;
}

interface MailboxRow {
  ownerId: string;
  version: number;
  updatedAt: Date;
  createContacts: string;
  visibility: ConnectMailboxInput['visibility'];
  state: string;
  credentials: Buffer;
}

/** The live mailbox for a change, locked. Throws `mailbox_not_found`, `forbidden`, `version_mismatch`. */
async function lockMailbox(ctx: Context, { id, version }: Revision, verb: 'edit' | 'delete'): Promise<MailboxRow> {
  const row = await rowOf<MailboxRow>(
    ctx,
    SQL`select owner_id as "ownerId", version, updated_at as "updatedAt", create_contacts as "createContacts", visibility, state, credentials
        from mailboxes where id = ${id} and deleted_at is null and ${visible(ctx, 'mailbox', 'mailboxes')} for update`,
  );
  if (row === undefined) throw notFound('mailbox');
  await requireReach(ctx, { object: 'mailbox', verb }, { id, ownerId: row.ownerId });
  requireVersion(row, version);
  return row;
}

/**
 * Changes a mailbox. New settings or credentials, and the end of a pause, let it connect anew. Throws `mailbox_not_found`, `version_mismatch`,
 * and `forbidden`, also to show more of somebody else's mail for who may not read it.
 */
export async function updateMailbox(ctx: Context, revision: Revision, patch: UpdateMailboxInput): Promise<void> {
  const { id } = revision;
  const row = await lockMailbox(ctx, revision, 'edit');
  const changes = policyChanges(row, patch);
  const opens = patch.visibility !== undefined && openness[patch.visibility] > openness[row.visibility];
  if (opens && row.ownerId !== ctx.actor.userId && !may(ctx.actor, 'read_others_mail')) throw forbidden('read_others_mail');
  const { imap, smtp } = patch;
  if (imap ?? smtp) {
    const old = JSON.parse(ctx.ports.secrets.open(row.credentials, placeOf(id))) as Credentials; // sealed by connectMailbox or here
    const credentials = sealed(ctx, id, { imap: imap?.auth ?? old.imap, smtp: smtp?.auth ?? old.smtp });
    await rowsOf(
      ctx,
      SQL`update mailboxes set credentials = ${credentials}, imap = coalesce(${imap ? JSON.stringify(shown(imap)) : null}::jsonb, imap),
            smtp = coalesce(${smtp ? JSON.stringify(shown(smtp)) : null}::jsonb, smtp) where id = ${id}`,
    );
    changes.servers = { from: null, to: [imap && 'imap', smtp && 'smtp'].filter(Boolean) };
  }
  const state = stateAfter(row.state, patch);
  if (state !== row.state) changes.state = { from: row.state, to: state };
  if (Object.keys(changes).length === 0) return;
  await rowsOf(
    ctx,
    SQL`update mailboxes set create_contacts = ${patch.createContacts ?? row.createContacts}, visibility = ${patch.visibility ?? row.visibility},
          state = ${state}, generation = generation + 1, version = version + 1, updated_at = ${ctx.now},
          error = case when ${state} = 'connecting' then null else error end,
          error_code = case when ${state} = 'connecting' then null else error_code end,
          failures = case when ${state} = 'connecting' then 0 else failures end,
          retry_at = case when ${state} = 'connecting' then null else retry_at end
        where id = ${id}`,
  );
  emit(ctx, 'mailbox.updated', { mailboxId: id, changes });
}

const openness = { metadata: 0, subject: 1, everything: 2 } as const satisfies Record<ConnectMailboxInput['visibility'], number>;

function policyChanges(row: MailboxRow, patch: UpdateMailboxInput): Changes {
  const changes: Changes = {};
  for (const field of ['createContacts', 'visibility'] as const) {
    const to = patch[field];
    if (to !== undefined && to !== row[field]) changes[field] = { from: row[field], to };
  }
  return changes;
}

function stateAfter(state: string, { paused, imap, smtp }: UpdateMailboxInput): string {
  if (paused === true || (state === 'paused' && paused === undefined)) return 'paused';
  return paused === false || imap !== undefined || smtp !== undefined ? 'connecting' : state;
}

/** Disconnects a mailbox: its secrets go, its history stays. Throws `mailbox_not_found`, `forbidden`, `version_mismatch`. */
export async function disconnectMailbox(ctx: Context, revision: Revision): Promise<void> {
  await lockMailbox(ctx, revision, 'delete');
  await rowsOf(
    ctx,
    SQL`update mailboxes set credentials = null, state = 'disconnected', deleted_at = ${ctx.now}, generation = generation + 1,
          version = version + 1, updated_at = ${ctx.now}, error = null, error_code = null, retry_at = null
        where id = ${revision.id}`,
  );
  await rowsOf(
    ctx,
    SQL`update outgoing_messages set state = 'failed', error_code = 'mailbox_disconnected', error = 'The mailbox was disconnected.'
        where mailbox_id = ${revision.id} and state = 'queued'`,
  );
  emit(ctx, 'mailbox.disconnected', { mailboxId: revision.id });
}

/** Both servers of a mailbox with what signs in to them; null once it is disconnected. For the mail worker alone. */
export async function serversOf(
  ctx: Context,
  id: string,
): Promise<{ imap: MailServerSettings; smtp: MailServerSettings } | null> {
  const row = await rowOf<{ imap: MailServerSettings; smtp: MailServerSettings; credentials: Buffer | null }>(
    ctx,
    SQL`select imap, smtp, credentials from mailboxes where id = ${id} and deleted_at is null`,
  );
  if (!row?.credentials) return null;
  const auth = JSON.parse(ctx.ports.secrets.open(row.credentials, placeOf(id))) as Credentials; // sealed by this file
  const whole = ({ host, port, security }: MailServerSettings, signIn: MailServerSettings['auth']) => ({
    host,
    port,
    security,
    auth: signIn,
  });
  return { imap: whole(row.imap, auth.imap), smtp: whole(row.smtp, auth.smtp) };
}
