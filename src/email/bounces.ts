import { normalAddress } from '../contacts/address.rules.ts';
import { erasedAmong } from '../contacts/erased-addresses.ts';
import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import type { ParsedMessage } from './message.rules.ts';

/**
 * Marks the addresses to which mail of ours came back for good, each report once: one that is moved to another folder says nothing new. A
 * report on mail that we never sent to the address changes nothing: only who had that mail knows its Message-ID, ours or the one that the
 * server put in its place. One that is read before its original waits for it. Derived, by SQL alone.
 */
export async function markBounced(ctx: Context, messages: readonly { parsed: ParsedMessage; fresh: boolean }[]): Promise<void> {
  const reports = messages.flatMap(({ parsed, fresh }) => (fresh && parsed.bounce !== null ? [parsed] : []));
  const originals = [...messages.flatMap(({ parsed }) => parsed.messageId ?? []), ...(await noteFailed(ctx, reports))];
  if (originals.length === 0) return;
  await rowsOf(
    ctx,
    SQL`with failed as (
          delete from mail_bounces b using message_participants p join messages m on m.id = p.message_id and m.direction = 'out'
            left join outgoing_messages o on o.message_id = m.id
          where b.original_id = any(${originals}) and p.address_normal = b.address and p.role <> 'from'
            and b.original_id in (m.message_id, o.server_message_id)
          returning b.address, b.at
        ), marked as (
          update contact_emails e set bounced_at = greatest(e.bounced_at, f.at)
          from failed f where e.address_normal = f.address and e.active returning e.contact_id, e.is_primary, e.bounced_at
        )
        update contacts set bounced_at = marked.bounced_at from marked where marked.is_primary and contacts.id = marked.contact_id`,
  );
}

/** How long a report waits for its original: longer than the first reading of a mailbox takes. */
const waitDays = 90;

/** Notes what the reports say, save of people who were erased. Returns the Message-IDs of the mail they speak of. */
async function noteFailed(ctx: Context, messages: readonly ParsedMessage[]): Promise<string[]> {
  const told = messages.flatMap(({ bounce, sentAt }) =>
    (bounce?.addresses ?? []).flatMap((typed) => {
      const address = normalAddress(typed);
      return address === null ? [] : [{ original: bounce?.originalId ?? '', address, at: sentAt }];
    }),
  );
  if (told.length === 0) return [];
  const erased = await erasedAmong(ctx, [...new Set(told.map(({ address }) => address))]);
  const failed = told.filter(({ address }) => !erased.has(address));
  await rowsOf(
    ctx,
    SQL`with old as (delete from mail_bounces where created_at < ${ctx.now}::timestamptz - make_interval(days => ${waitDays}))
        insert into mail_bounces as b (original_id, address, at, created_at)
        select original, address, max(at), ${ctx.now} from json_to_recordset(${JSON.stringify(failed)}::json) as f (original text, address text, at timestamptz)
        group by original, address on conflict (original_id, address) do update set at = greatest(b.at, excluded.at)`,
  );
  return failed.map(({ original }) => original);
}
