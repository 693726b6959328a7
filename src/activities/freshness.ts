import { type Context, rootCause, rowsOf, type Services, systemActor, transact } from '../context.ts';
import { SQL } from '../database.ts';

/** What is dated after this is still to come. Clocks of those who log what happens now may be a little ahead. */
export const beganBy = ({ now }: Context): Date => new Date(now.getTime() + 300_000);

/** What an activity concerns, as far as derived columns go. */
export interface Concerned {
  contactIds: readonly string[];
  dealIds: readonly (string | null | undefined)[];
}

/** The contacts and the deal that an activity is linked to now. */
export async function concernedBy(
  ctx: Context,
  activityId: string,
): Promise<{ contactIds: string[]; dealIds: (string | null)[] }> {
  const [row] = await rowsOf<{ contactIds: string[]; dealId: string | null }>(
    ctx,
    SQL`select array(select contact_id from activity_links where activity_id = activities.id order by contact_id) as "contactIds", deal_id as "dealId"
        from activities where id = ${activityId}`,
  );
  return { contactIds: row?.contactIds ?? [], dealIds: [row?.dealId ?? null] };
}

/**
 * Works out anew when contacts were last contacted and when something last happened with deals, from the activities that there are: after
 * one was edited, deleted or restored. By SQL alone: no version, no event. The newest counts, so it is found at the end of an index. Nobody
 * was contacted by what is still to come.
 */
export async function refreshConcerned(ctx: Context, { contactIds, dealIds }: Concerned): Promise<void> {
  if (contactIds.length > 0) {
    await rowsOf(
      ctx,
      SQL`update contacts set last_contacted_at = newest.at from (
            select contact.id, (select links.activity_date from activity_links links
                join activities on activities.id = links.activity_id join activity_types types on types.key = activities.type
                where links.contact_id = contact.id and activities.deleted_at is null and types.counts_as_contact
                  and links.activity_date <= ${beganBy(ctx)}
                order by links.activity_date desc limit 1) as at
            from unnest(${contactIds}::uuid[]) as contact (id)) as newest
          where contacts.id = newest.id and contacts.last_contacted_at is distinct from newest.at`,
    );
  }
  const deals = [...new Set(dealIds)].filter((id) => typeof id === 'string');
  if (deals.length === 0) return;
  await rowsOf(
    ctx,
    SQL`update deals set last_activity_at = newest.at from (
          select deal.id, (select activity_date from activities where deal_id = deal.id and deleted_at is null and source <> 'system'
              order by activity_date desc limit 1) as at
          from unnest(${deals}::uuid[]) as deal (id)) as newest
        where deals.id = newest.id and deals.last_activity_at is distinct from newest.at`,
  );
}

const lookedBackHours = 25;

/** Counts what was to come when it was logged, and has come meanwhile, as a contact with its people. */
export const countWhatCame = (services: Services): Promise<unknown> =>
  transact(services, { actor: systemActor, cause: rootCause({ kind: 'job' }) }, (ctx) =>
    rowsOf(
      ctx,
      SQL`update contacts set last_contacted_at = newest.at from (
            select links.contact_id, max(a.activity_date) as at
            from activities a join activity_types types on types.key = a.type and types.counts_as_contact
              join activity_links links on links.activity_id = a.id
            where a.deleted_at is null and a.activity_date <= ${ctx.now}
              and a.activity_date > ${ctx.now}::timestamptz - make_interval(hours => ${lookedBackHours})
            group by 1) as newest
          where contacts.id = newest.contact_id and (last_contacted_at is null or last_contacted_at < newest.at)`,
    ),
  );
