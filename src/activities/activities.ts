import { LockMode } from '@mikro-orm/core';
import { companyTarget } from '../companies/companies.ts';
import { contactTarget } from '../contacts/contact.target.ts';
import { linkable } from '../contacts/contacts.ts';
import { type Context, entities, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { dealTarget } from '../deals/deal.target.ts';
import { emit } from '../emit.ts';
import { conflict, invalidField, notFound } from '../errors.ts';
import { newExtras, withExtras } from '../fields/values.ts';
import { requireInput, requirePatch } from '../identity/inputs.ts';
import { requireCreate, requireReach } from '../identity/permissions.ts';
import { readRecord } from '../lists.ts';
import type { Matched } from '../match.schema.ts';
import { edit, type Revision, requireVersion } from '../records.ts';
import { refer } from '../refer.ts';
import type { Selection } from '../show.ts';
import { Activity, type ActivitySource } from './activity.entity.ts';
import { activityObject } from './activity.object.ts';
import type { UpdateActivityInput } from './activity.schema.ts';
import { requireLoggable } from './activity-types.ts';
import { beganBy, concernedBy, refreshConcerned } from './freshness.ts';

/** The JSON of an activity. Throws `activity_not_found`. */
export const getActivity = (ctx: Context, id: string, selection?: Selection): Promise<string> =>
  readRecord(ctx, activityObject, { id, selection });

/** An activity to be logged. `sourceKey` is unique per source: the same one logged again is the same activity. */
export interface NewActivity {
  type: string;
  subject: string;
  description?: string | null | undefined;
  contactIds?: readonly (string | Matched)[] | undefined;
  companyId?: string | Matched | null | undefined;
  dealId?: string | Matched | null | undefined;
  ownerId?: string | null | undefined;
  activityDate?: string | Date | undefined;
  duration?: number | null | undefined;
  direction?: 'in' | 'out' | null | undefined;
  outcome?: string | null | undefined;
  source: ActivitySource;
  sourceKey?: string | null | undefined;
  messageId?: string | null | undefined;
  customFields?: Record<string, unknown> | undefined;
  tagIds?: readonly string[] | undefined;
}

/**
 * Logs an activity on the timelines of all its contacts, its company and its deal. Returns its id; one with a known `sourceKey` is not
 * logged again, but new contacts are linked to it. Throws `reference_not_found`, `unknown_activity_type`.
 */
export async function logActivity(ctx: Context, given: NewActivity): Promise<string> {
  const activity = await refer(ctx, given, targets);
  requireCreate(ctx, 'activity', activity.ownerId === undefined ? ctx.actor.userId : activity.ownerId);
  await requireInput(ctx, 'activity', activity);
  if (activity.source === 'user') await requireLoggable(ctx, activity.type);
  const contactIds = await targetsOf(ctx, activity.contactIds ?? []);
  const activityDate = activity.activityDate === undefined ? ctx.now : new Date(activity.activityDate);
  const { sourceKey = null } = activity;
  const extras = activity.source === 'user' ? await newExtras(ctx, 'activity', activity) : { customFields: {}, tagIds: [] };
  const row = await rowOf<{ id: string; fresh: boolean }>(
    ctx,
    SQL`insert into activities (id, type, subject, description, contact_id, company_id, deal_id, owner_id, created_by, activity_date, duration,
          direction, outcome, source, source_key, message_id, custom_fields, tag_ids, created_at, updated_at)
        values (${newId()}, ${activity.type}, ${activity.subject}, ${activity.description ?? null}, ${contactIds[0] ?? null},
          ${activity.companyId ?? null}, ${activity.dealId ?? null}, ${activity.ownerId === undefined ? ctx.actor.userId : activity.ownerId},
          ${ctx.actor.userId}, ${activityDate}, ${activity.duration ?? null}, ${activity.direction ?? null}, ${activity.outcome ?? null},
          ${activity.source}, ${sourceKey}, ${activity.messageId ?? null}, ${JSON.stringify(extras.customFields)}, ${extras.tagIds}::uuid[], ${ctx.now}, ${ctx.now})
        on conflict (source, source_key) where source_key is not null do update set source_key = excluded.source_key
        returning id, xmax = 0 as fresh`,
  );
  if (row === undefined) throw new Error('an insert that updates on conflict returns its row');
  await link(ctx, row.id, { contactIds, activityDate });
  await touch(ctx, { ...activity, contactIds, activityDate });
  if (row.fresh) {
    emit(ctx, 'activity.logged', {
      activityId: row.id,
      type: activity.type,
      source: activity.source,
      direction: activity.direction ?? null,
      contactIds,
      companyId: activity.companyId ?? null,
      dealId: activity.dealId ?? null,
    });
  }
  return row.id;
}

const targets = { contactIds: contactTarget, companyId: companyTarget, dealId: dealTarget };

/** The contacts to link, followed through merges; those `linked` already need not be seen. Throws `reference_not_found` that says which is unknown. */
async function targetsOf(ctx: Context, contactIds: readonly string[], linked: readonly string[] = []): Promise<string[]> {
  const found = await linkable(
    ctx,
    contactIds.filter((id) => !linked.includes(id)),
    false,
  );
  for (const id of linked) found.set(id, id);
  const missing = contactIds.findIndex((id) => !found.has(id));
  if (missing < 0) return [...new Set(contactIds.map((id) => found.get(id) ?? id))];
  throw invalidField(`/contactIds/${missing}`, 'reference_not_found', `There is no contact ${contactIds[missing]}.`);
}

async function link(
  ctx: Context,
  activityId: string,
  { contactIds, activityDate }: { contactIds: string[]; activityDate: Date },
): Promise<void> {
  if (contactIds.length === 0) return;
  await rowsOf(
    ctx,
    SQL`insert into activity_links (activity_id, contact_id, activity_date)
        select ${activityId}::uuid, contact_id, ${activityDate}::timestamptz from unnest(${contactIds}::uuid[]) as contact_id
        on conflict do nothing`,
  );
}

/** Derived columns of what the activity concerns: the last contact with people, and that a deal is fresh. By SQL alone: no version, no event. */
async function touch(
  ctx: Context,
  activity: { type: string; contactIds: string[]; dealId?: string | null | undefined; activityDate: Date },
): Promise<void> {
  if (activity.contactIds.length > 0 && activity.activityDate <= beganBy(ctx)) {
    await rowsOf(
      ctx,
      SQL`update contacts set last_contacted_at = greatest(last_contacted_at, ${activity.activityDate}::timestamptz)
          where id = any(${activity.contactIds}) and (select counts_as_contact from activity_types where key = ${activity.type})`,
    );
  }
  if (activity.dealId) {
    await rowsOf(
      ctx,
      SQL`update deals set last_activity_at = greatest(last_activity_at, ${activity.activityDate}::timestamptz), rotting_since = null where id = ${activity.dealId}`,
    );
  }
}

/**
 * Edits an activity that a person logged, and whom it concerns. Throws `activity_not_found`, `activity_of_system`, `activity_of_mail`,
 * `version_mismatch`, `forbidden`, `reference_not_found`, `concerns_nobody`.
 */
export async function updateActivity(ctx: Context, { id, version }: Revision, patch: UpdateActivityInput): Promise<void> {
  const activity = await findActivity(ctx, id);
  await requireReach(ctx, { object: 'activity', verb: 'edit' }, activity);
  requireVersion(activity, version);
  requireOwnWords(activity, patch);
  const referred = await refer(ctx, patch, targets);
  await requirePatch(ctx, 'activity', { record: activity, patch: referred });
  const { activityDate, contactIds, ...rest } = referred;
  const before = await concernedBy(ctx, id);
  const linked = contactIds === undefined ? before.contactIds : await targetsOf(ctx, contactIds, before.contactIds);
  const given = await withExtras(ctx, 'activity', { record: activity, patch: rest });
  const dated = activityDate === undefined ? given : { ...given, activityDate: new Date(activityDate) };
  const changes = edit(activity, dated as Partial<Activity>, ctx.now);
  const isEdited = Object.keys(changes).length > 0;
  if (linked.toSorted().join() !== before.contactIds.join()) changes.contactIds = { from: before.contactIds, to: linked };
  if (Object.keys(changes).length === 0) return;
  if (linked.length === 0 && !activity.companyId && !activity.dealId)
    throw invalidField('/contactIds', 'concerns_nobody', 'An activity needs at least one of contactIds, companyId, dealId.');
  emit(ctx, 'activity.updated', { activityId: id, dealId: activity.dealId ?? null, changes });
  if (changes.contactIds) {
    Object.assign(activity, { contactId: linked[0] ?? null, updatedAt: ctx.now, version: activity.version + (isEdited ? 0 : 1) });
  }
  if (changes.contactIds || changes.activityDate) await relink(ctx, activity, linked);
  if (changes.contactIds || changes.activityDate || changes.dealId)
    await refreshConcerned(ctx, { contactIds: [...before.contactIds, ...linked], dealIds: [...before.dealIds, activity.dealId] });
}

/** What the system wrote cannot be changed, nor the words and people of a mail. */
function requireOwnWords({ source }: Activity, patch: UpdateActivityInput): void {
  if (source === 'system') throw conflict('activity_of_system', 'What the system wrote on the timeline cannot be changed.');
  const { subject, description, contactIds } = patch;
  if (source === 'email' && [subject, description, contactIds].some((value) => value !== undefined))
    throw conflict('activity_of_mail', 'The words and the people of a mail cannot be changed.');
}

/** Puts an activity on the timelines of these contacts, at its date, and of no others. */
async function relink(ctx: Context, { id, activityDate }: Activity, contactIds: string[]): Promise<void> {
  await rowsOf(ctx, SQL`delete from activity_links where activity_id = ${id} and contact_id <> all(${contactIds}::uuid[])`);
  await rowsOf(ctx, SQL`update activity_links set activity_date = ${activityDate} where activity_id = ${id}`);
  await link(ctx, id, { contactIds, activityDate });
}

/** Takes an activity off the timelines; it can be restored. Throws as `updateActivity`. */
export async function deleteActivity(ctx: Context, { id, version }: Revision): Promise<void> {
  const activity = await findActivity(ctx, id);
  await requireReach(ctx, { object: 'activity', verb: 'delete' }, activity);
  requireVersion(activity, version);
  if (activity.source === 'system')
    throw conflict('activity_of_system', 'What the system wrote on the timeline cannot be deleted.');
  edit(activity, { deletedAt: ctx.now } as Partial<Activity>, ctx.now);
  await refreshConcerned(ctx, await concernedBy(ctx, id));
  emit(ctx, 'activity.deleted', { activityId: id, dealId: activity.dealId ?? null });
}

async function findActivity(ctx: Context, id: string): Promise<Activity> {
  const activity = await (await entities(ctx)).findOne(
    Activity,
    { id, deletedAt: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (activity === null) throw notFound('activity');
  return activity;
}
