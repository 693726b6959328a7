import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { reachOf } from '../identity/permissions.ts';

/** Whether nothing in a contact's row could keep it from the actor: of a contact without a row nothing else is known. */
export const seesEveryContact = ({ actor }: Context): boolean => reachOf(actor, 'contact', 'read') === 'all';

/** Puts down the empty row that every erased contact leaves behind, for one that has none; receipt and log have somebody to speak of. */
export const standIn = (ctx: Context, contactId: string) =>
  rowsOf(
    ctx,
    SQL`insert into contacts (id, last_name, search_text, deleted_at, created_at, updated_at)
        values (${contactId}, 'Erased contact', '', ${ctx.now}, ${ctx.now}, ${ctx.now}) on conflict (id) do nothing`,
  );

/** The same for a contact that was purged, of which the log still speaks; for any other it does nothing. */
export async function standInForPurged(ctx: Context, contactId: string): Promise<void> {
  if (!seesEveryContact(ctx)) return;
  const [purged] = await rowsOf(
    ctx,
    SQL`select 1 from events where record_id = ${contactId} and type = 'contact.purged' limit 1`,
  );
  if (purged !== undefined) await standIn(ctx, contactId);
}
