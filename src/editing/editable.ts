import type { z } from 'zod';
import { getActivity, updateActivity } from '../activities/activities.ts';
import { activityObject } from '../activities/activity.object.ts';
import { UpdateActivity } from '../activities/activity.schema.ts';
import { getCompany, updateCompany } from '../companies/companies.ts';
import { companyObject } from '../companies/company.object.ts';
import { UpdateCompany } from '../companies/company.schema.ts';
import { contactObject } from '../contacts/contact.object.ts';
import { UpdateContact } from '../contacts/contact.schema.ts';
import { getContact, updateContact } from '../contacts/contacts.ts';
import { type Context, rowOf } from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { dealObject } from '../deals/deal.object.ts';
import { UpdateDeal } from '../deals/deal.schema.ts';
import { getDeal, updateDeal } from '../deals/deals.ts';
import { moveDeal } from '../deals/move-deal.ts';
import { notFound } from '../errors.ts';
import { parsed } from '../http.ts';
import { owned } from '../identity/permissions.ts';
import type { ObjectType } from '../objects.ts';
import type { Revision } from '../records.ts';
import { taskObject } from '../tasks/task.object.ts';
import { UpdateTask } from '../tasks/task.schema.ts';
import { getTask, updateTask } from '../tasks/tasks.ts';

/** How records of one kind are edited by whoever has a patch and no form: history puts values back, bulk edits change many. */
export interface Editable {
  type: ObjectType;
  /** What a patch may hold. */
  patch: z.ZodType;
  /** Edits through the ordinary deed, with its checks and events. Throws 400 for a patch that does not fit, and what the deed throws. */
  edit(ctx: Context, revision: Revision, patch: unknown): Promise<void>;
  /** The record's JSON. Throws its 404. */
  json(ctx: Context, id: string): Promise<string>;
}

type Deed<Patch> = (ctx: Context, revision: Revision, patch: Patch) => Promise<unknown>;

type What<Patch> = Pick<Editable, 'type' | 'json'> & { patch: z.ZodType<Patch> };

const editable = <Patch>({ type, patch, json }: What<Patch>, deed: Deed<Patch>): Editable => ({
  type,
  patch,
  json,
  edit: async (ctx, revision, values) => void (await deed(ctx, revision, parsed(patch, values))),
});

const deal = editable({ type: dealObject, patch: UpdateDeal, json: getDeal }, updateDeal);

/** The kinds of records, by their names in permissions. */
export const editables: Readonly<Record<Customisable, Editable>> = {
  contact: editable({ type: contactObject, patch: UpdateContact, json: getContact }, updateContact),
  company: editable({ type: companyObject, patch: UpdateCompany, json: getCompany }, updateCompany),
  activity: editable({ type: activityObject, patch: UpdateActivity, json: getActivity }, updateActivity),
  task: editable({ type: taskObject, patch: UpdateTask, json: getTask }, updateTask),
  /** A deal's stage is changed by moving it. */
  deal: {
    ...deal,
    async edit(ctx, revision, patch) {
      const { stage, ...others } = patch as { stage?: unknown }; // the rest is parsed by the schema
      if (typeof stage === 'string') await moveDeal(ctx, revision, { stage });
      if (Object.keys(others).length > 0)
        await deal.edit(ctx, typeof stage === 'string' ? { id: revision.id } : revision, others);
    },
  },
};

/** Where the API has each kind of record. */
export const pathOf = {
  contact: 'contacts',
  company: 'companies',
  deal: 'deals',
  activity: 'activities',
  task: 'tasks',
} as const;

/** The tags of a live record, which is locked for change. Throws the record's 404. */
export async function lockedTags(ctx: Context, object: Customisable, id: string): Promise<string[]> {
  const { table } = owned[object] as { table: string }; // each of these objects has an owner
  const row = await rowOf<{ tagIds: string[] }>(
    ctx,
    SQL`select tag_ids as "tagIds" from ${SQL.ref(table)} where id = ${id} and deleted_at is null for update`,
  );
  if (row === undefined) throw notFound(object);
  return row.tagIds;
}
