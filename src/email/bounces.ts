import { normalAddress } from '../contacts/address.rules.ts';
import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import type { ParsedMessage } from './message.rules.ts';

/**
 * Marks the addresses to which mail of ours came back for good. A report on mail that we never sent to the address changes nothing: only who
 * had that mail knows its Message-ID, ours or the one that the server put in its place. Derived, by SQL alone.
 */
export async function markBounced(ctx: Context, messages: readonly ParsedMessage[]): Promise<void> {
  const failed = messages.flatMap(({ bounce, sentAt }) =>
    (bounce?.addresses ?? []).flatMap((typed) => {
      const address = normalAddress(typed);
      return address === null ? [] : [{ original: bounce?.originalId, address, at: sentAt }];
    }),
  );
  if (failed.length === 0) return;
  await rowsOf(
    ctx,
    SQL`with failed as (
          select * from json_to_recordset(${JSON.stringify(failed)}::json) as f (original text, address text, at timestamptz)
        ), marked as (
          update contact_emails e set bounced_at = greatest(e.bounced_at, f.at)
          from failed f join message_participants p on p.address_normal = f.address and p.role <> 'from'
            join messages m on m.id = p.message_id and m.direction = 'out' left join outgoing_messages o on o.message_id = m.id
          where f.original in (m.message_id, o.server_message_id) and e.address_normal = f.address and e.active returning e.contact_id, e.is_primary, e.bounced_at
        )
        update contacts set bounced_at = marked.bounced_at from marked where marked.is_primary and contacts.id = marked.contact_id`,
  );
}
