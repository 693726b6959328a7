import { type Context, newId, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';

/** An activity that was written for a message. */
export interface LoggedMail {
  activityId: string;
  messageId: string;
  direction: 'in' | 'out';
  companyId: string | null;
  dealId: string | null;
  contactIds: string[];
}

/** Records that a message belongs to although none of its addresses says so. */
export interface SaidLinks {
  contactId?: string | null | undefined;
  dealId?: string | null | undefined;
}

/**
 * Puts messages on the timelines of all contacts among their people, of the first one's company, and of the deal that is open with them
 * and was last active: one activity per message, however often it is asked for. Messages without a contact get none. Moves the contacts'
 * and deals' derived columns, and settles the ledger. Returns the activities that are new.
 */
export async function logMail(ctx: Context, messageIds: readonly string[], said: SaidLinks = {}): Promise<LoggedMail[]> {
  if (messageIds.length === 0) return [];
  const pairs = SQL`unnest(${messageIds}::uuid[], ${messageIds.map(() => newId())}::uuid[]) as pair (message_id, activity_id)`;
  const { contactId = null, dealId = null } = said;
  const logged = await rowsOf<Omit<LoggedMail, 'contactIds'>>(
    ctx,
    SQL`insert into activities as a (id, type, subject, description, contact_id, company_id, deal_id, owner_id, created_by, activity_date,
          direction, source, source_key, message_id, created_at, updated_at)
        select pair.activity_id, 'email', m.subject, m.snippet, first.id, first.company_id, coalesce(${dealId}::uuid, deal.id), m.owner_id,
          m.owner_id, m.sent_at, m.direction, 'email', m.identity, m.id, ${ctx.now}, ${ctx.now}
        from ${pairs} join messages m on m.id = pair.message_id
          left join lateral (
            select c.id, c.company_id from (
              select ${contactId}::uuid as contact_id, 0 as rank, 0 as position where ${contactId}::uuid is not null
              union all
              select p.contact_id, case p.role when 'from' then 1 when 'to' then 2 else 3 end, p.position
              from message_participants p where p.message_id = m.id and p.contact_id is not null) people
              join contacts c on c.id = people.contact_id
            order by people.rank, people.position limit 1) first on true
          left join lateral (
            select d.id from deals d where d.status = 'open' and d.deleted_at is null and d.contact_id in (
              select p.contact_id from message_participants p where p.message_id = m.id union select ${contactId}::uuid)
            order by coalesce(d.last_activity_at, d.created_at) desc limit 1) deal on true
        where first.id is not null or ${dealId}::uuid is not null
        order by m.identity
        on conflict (source, source_key) where source_key is not null do nothing
        returning a.id as "activityId", a.message_id as "messageId", a.direction, a.company_id as "companyId", a.deal_id as "dealId"`,
  );
  const links = await linkContacts(ctx, messageIds, contactId);
  await freshen(ctx, messageIds);
  return logged.map((activity) => ({ ...activity, contactIds: links.get(activity.activityId) ?? [] }));
}

/** Contacts that are newly linked, by activity. */
async function linkContacts(
  ctx: Context,
  messageIds: readonly string[],
  contactId: string | null,
): Promise<Map<string, string[]>> {
  const rows = await rowsOf<{ activityId: string; contactId: string }>(
    ctx,
    SQL`insert into activity_links (activity_id, contact_id, activity_date)
        select a.id, people.contact_id, a.activity_date from activities a
          join lateral (select p.contact_id from message_participants p where p.message_id = a.message_id and p.contact_id is not null
            union select ${contactId}::uuid where ${contactId}::uuid is not null) people on true
        where a.message_id = any(${messageIds}) and a.source = 'email'
        order by a.id, people.contact_id on conflict do nothing
        returning activity_id as "activityId", contact_id as "contactId"`,
  );
  const links = new Map<string, string[]>();
  for (const row of rows) links.set(row.activityId, [...(links.get(row.activityId) ?? []), row.contactId]);
  return links;
}

/** Last contact and last activity are the greatest of old and new, never now; and the ledger says that the messages are logged. */
async function freshen(ctx: Context, messageIds: readonly string[]): Promise<void> {
  const activities = SQL`activities a where a.message_id = any(${messageIds}) and a.source = 'email'`;
  await rowsOf(
    ctx,
    SQL`update contacts set last_contacted_at = newest.at
        from (select l.contact_id, max(l.activity_date) as at from activity_links l
          where l.activity_id in (select a.id from ${activities}) group by 1) newest
        where contacts.id = newest.contact_id and (last_contacted_at is null or last_contacted_at < newest.at)`,
  );
  await rowsOf(
    ctx,
    SQL`update deals set last_activity_at = newest.at, rotting_since = case when newest.at > rotting_since then null else rotting_since end
        from (select a.deal_id, max(a.activity_date) as at from ${activities} and a.deal_id is not null group by 1) newest
        where deals.id = newest.deal_id and (last_activity_at is null or last_activity_at < newest.at)`,
  );
  await rowsOf(
    ctx,
    SQL`update mail_ledger set outcome = 'logged', rule = null
        where message_id = any(${messageIds}) and outcome in ('waiting', 'skipped')
          and exists (select 1 from activities a where a.message_id = mail_ledger.message_id)`,
  );
}

/** Links mail that is already there to contacts who have these addresses only since now. Returns the messages concerned. */
export async function attachPeople(ctx: Context, addresses: readonly string[]): Promise<string[]> {
  if (addresses.length === 0) return [];
  const rows = await rowsOf<{ messageId: string }>(
    ctx,
    SQL`update message_participants p set contact_id = coalesce(c.merged_into, c.id)
        from contact_emails e join contacts c on c.id = e.contact_id
        where p.address_normal = any(${addresses})
          and (p.contact_id is null or exists (select 1 from contacts d where d.id = p.contact_id and d.deleted_at is not null))
          and e.address_normal = p.address_normal and e.active and c.deleted_at is null
          and not exists (select 1 from mailboxes where mailboxes.address_normal = p.address_normal and mailboxes.deleted_at is null)
          and not exists (select 1 from users where lower(users.email) = p.address_normal)
        returning p.message_id as "messageId"`,
  );
  return [...new Set(rows.map(({ messageId }) => messageId))];
}

/** Says in the log that activities were written, without a word of the mail. */
export function emitLogged(ctx: Context, logged: readonly LoggedMail[]): void {
  for (const { activityId, direction, contactIds, companyId, dealId } of logged) {
    emit(ctx, 'activity.logged', { activityId, type: 'email', source: 'email', direction, contactIds, companyId, dealId });
  }
}
