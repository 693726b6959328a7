import { activityObject } from '../activities/activity.object.ts';
import { type Context, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { notFound } from '../errors.ts';
import { reachOf, visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { knownFields, wireColumns } from '../objects.ts';
import { listOf, type PageRequest } from '../pages.ts';
import type { WireColumns } from '../wire.ts';

/** An entry of a timeline: an activity with the names of who did it and of its deal. */
const entryColumns = (ctx: Context): WireColumns => ({
  ...wireColumns(knownFields(ctx, activityObject)),
  ownerName: ['users.name', 'plain'],
  dealName: ['deals.name', 'plain'],
});

/** Whose timeline: a contact's own column is in the links, a company's and a deal's in the activity itself. */
const subjects = {
  contact: {
    table: 'contacts',
    from: SQL`activity_links links join activities on activities.id = links.activity_id`,
    key: 'links.contact_id',
    at: 'links.activity_date',
    id: 'links.activity_id',
  },
  company: {
    table: 'companies',
    from: SQL`activities`,
    key: 'activities.company_id',
    at: 'activities.activity_date',
    id: 'activities.id',
  },
  deal: { table: 'deals', from: SQL`activities`, key: 'activities.deal_id', at: 'activities.activity_date', id: 'activities.id' },
};

/** A page of what happened with a contact, company or deal, newest first. Throws the record's 404. */
export async function timelineOf(
  ctx: Context,
  of: { object: keyof typeof subjects; id: string },
  page: PageRequest,
): Promise<JsonText> {
  const subject = subjects[of.object];
  const seen = await rowOf(
    ctx,
    SQL`select 1 from ${SQL.ref(subject.table)} where id = ${of.id} and deleted_at is null and ${visible(ctx, of.object, subject.table)}`,
  );
  if (seen === undefined) throw notFound(of.object);
  return listOf(ctx, page, {
    name: `timeline_${of.object}_${reachOf(ctx.actor, 'activity', 'read')}`,
    columns: entryColumns(ctx),
    from: SQL`${subject.from} left join users on users.id = activities.owner_id left join deals on deals.id = activities.deal_id`,
    where: [SQL`${SQL.raw(subject.key)} = ${of.id}`, SQL`activities.deleted_at is null`, visible(ctx, 'activity', 'activities')],
    id: subject.id,
    sorts: { at: { expression: subject.at, type: 'timestamptz', descending: true } },
    defaultSort: 'at',
  });
}
