import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { lockMailStore } from '../email/save-messages.ts';
import { mentionsIn, mentionsInBytes, mentionsInJson } from './mentions.rules.ts';
import { type Chunk, type Erasing, forgetEvents, forgetNotices } from './steps.ts';

const messagesAtOnce = 200;

/**
 * Their mail: what no other contact has a part in goes, with its thread, its attachments and its send; of other mail they are taken out,
 * as a participant and where it mentions them.
 */
export async function eraseMessages(ctx: Context, { known }: Erasing): Promise<Chunk> {
  await lockMailStore(ctx);
  const found = await rowsOf<{ id: string; alone: boolean }>(
    ctx,
    SQL`select message_id as id, not exists (select 1 from message_participants other where other.message_id = one.message_id
            and other.contact_id is not null and other.contact_id <> all(${known.ids})) as alone
        from (select message_id from message_participants where contact_id = any(${known.ids})
          union select message_id from message_participants where address_normal = any(${known.addresses})
          order by message_id limit ${messagesAtOnce}) as one`,
  );
  const [alone, shared] = [true, false].map((is) => found.filter((message) => message.alone === is).map(({ id }) => id));
  await removeMessages(ctx, alone ?? []);
  await leaveMessages(ctx, { known }, shared ?? []);
  return { counts: { messages: alone?.length ?? 0, sharedMessages: shared?.length ?? 0 }, cursor: more(found.length) };
}

/** What is done is not found again, so that no place in a list has to be kept. */
const more = (found: number): string | null => (found === messagesAtOnce ? 'more' : null);

async function removeMessages(ctx: Context, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await rowsOf(
    ctx,
    SQL`update mail_ledger set outcome = 'skipped', rule = 'erased', header_id = null, sender = null, raw = null where message_id = any(${ids})`,
  );
  await rowsOf(ctx, SQL`delete from jobs where queue = 'mail-send' and key = any(${ids})`);
  const entries = await rowsOf<{ id: string }>(
    ctx,
    SQL`update activities set subject = '[erased]', description = null, outcome = null, custom_fields = '{}', tag_ids = '{}',
          updated_at = ${ctx.now}, version = version + 1 where message_id = any(${ids}::uuid[]) returning id`,
  );
  const rows = entries.map(({ id }) => id);
  await forgetEvents(ctx, rows);
  await forgetNotices(ctx, [...rows, ...ids]);
  const threads = await rowsOf<{ id: string }>(
    ctx,
    SQL`delete from messages where id = any(${ids}::uuid[]) returning thread_id as id`,
  );
  const empty = SQL`thread_id = any(${threads.map(({ id }) => id)}::uuid[]) and not exists (
    select 1 from messages where messages.thread_id = mail_thread_keys.thread_id)`;
  await rowsOf(ctx, SQL`delete from mail_thread_keys where ${empty}`);
  await rowsOf(
    ctx,
    SQL`delete from mail_threads where id = any(${threads.map(({ id }) => id)}::uuid[])
          and not exists (select 1 from messages where thread_id = mail_threads.id)
          and not exists (select 1 from mail_thread_keys where thread_id = mail_threads.id)`,
  );
}

async function leaveMessages(ctx: Context, { known }: Pick<Erasing, 'known'>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const [text, json] = [mentionsIn(known), mentionsInJson(known)];
  await rowsOf(
    ctx,
    SQL`update message_participants set address_normal = 'erased-' || position || '@erased.invalid', name = '', contact_id = null
        where message_id = any(${ids}::uuid[]) and (contact_id = any(${known.ids}) or address_normal = any(${known.addresses}))`,
  );
  await rowsOf(
    ctx,
    SQL`update messages set subject = erased_text(subject, ${text}), snippet = erased_text(snippet, ${text}),
          text = erased_text(text, ${text}), html = erased_text(html, ${text}) where id = any(${ids}::uuid[])`,
  );
  await rowsOf(
    ctx,
    SQL`update message_participants set name = erased_text(name, ${text}) where message_id = any(${ids}::uuid[])`,
  );
  await rowsOf(ctx, SQL`update attachments set filename = erased_text(filename, ${text}) where message_id = any(${ids}::uuid[])`);
  const without = (field: string) =>
    SQL`(select coalesce(jsonb_agg(person), '[]') from jsonb_array_elements(draft->${SQL.lit(field)}) as person
          where person->>'address' <> all(${known.addresses}))`;
  await rowsOf(
    ctx,
    SQL`update outgoing_messages set response = erased_text(response, ${text}), error = erased_text(error, ${text}),
          refused = erased_json(refused, ${json}), draft = erased_json(draft
            || jsonb_build_object('to', ${without('to')}, 'cc', ${without('cc')}, 'bcc', ${without('bcc')}), ${json})
        where message_id = any(${ids}::uuid[])`,
  );
}

/** What the ledgers of mailboxes say of mail that was not kept: who sent it, and the source of what could not be read. And to whom mail came back that is not here. */
export async function eraseLedger(ctx: Context, { known }: Erasing): Promise<Chunk> {
  const gone = SQL`outcome = case when message_id is null then 'skipped' else outcome end,
    rule = case when message_id is null then 'erased' else rule end, header_id = null, sender = null, raw = null`;
  const rows = await rowsOf(ctx, SQL`update mail_ledger set ${gone} where sender = any(${known.addresses}) returning 1`);
  const unread = await rowsOf(
    ctx,
    SQL`update mail_ledger set ${gone} where mailbox_id in (select id from mailboxes) and outcome = 'quarantined'
          and encode(raw, 'escape') ~* ${mentionsInBytes(known)} returning 1`,
  );
  await rowsOf(ctx, SQL`delete from mail_bounces where address = any(${known.addresses})`);
  return { counts: { ledger: rows.length + unread.length }, cursor: null };
}
