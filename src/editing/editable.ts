import { z } from 'zod';
import { deleteActivity, getActivity, logActivity, updateActivity } from '../activities/activities.ts';
import { activityObject } from '../activities/activity.object.ts';
import { ActivityOut, LogActivity, UpdateActivity } from '../activities/activity.schema.ts';
import { createCompany, deleteCompany, getCompany, updateCompany } from '../companies/companies.ts';
import { companyObject } from '../companies/company.object.ts';
import { CompanyOut, CreateCompany, UpdateCompany } from '../companies/company.schema.ts';
import { contactObject } from '../contacts/contact.object.ts';
import { ContactOut, CreateContact, UpdateContact } from '../contacts/contact.schema.ts';
import { putContactCompany, removeContactCompany } from '../contacts/contact-companies.ts';
import { ContactCompanyRole } from '../contacts/contact-company.schema.ts';
import { createContact, deleteContact, getContact, updateContact } from '../contacts/contacts.ts';
import { type Context, rowOf } from '../context.ts';
import type { CustomFieldsPort, Customisable } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { dealObject } from '../deals/deal.object.ts';
import { CreateDeal, type CreateDealInput, DealOut, DealPatch, UpdateDeal } from '../deals/deal.schema.ts';
import { putDealContact, removeDealContact } from '../deals/deal-contacts.ts';
import { createDeal, deleteDeal, getDeal, updateDeal } from '../deals/deals.ts';
import { moveDeal } from '../deals/move-deal.ts';
import { notFound } from '../errors.ts';
import { parsed } from '../http.ts';
import { owned, type Reached } from '../identity/permissions.ts';
import { userTarget } from '../identity/user.target.ts';
import type { Revision } from '../records.ts';
import { taskObject } from '../tasks/task.object.ts';
import { CreateTask, TaskOut, UpdateTask } from '../tasks/task.schema.ts';
import { createTask, deleteTask, getTask, updateTask } from '../tasks/tasks.ts';
import type { Upsertable } from '../upserts.ts';
import { Id } from '../wire.ts';

/** How records of one kind are made, edited and deleted by whoever has values and no form: history, bulk edits, batches, upserts. */
export interface Editable extends Upsertable {
  /** What a patch may hold. */
  patch: z.ZodType;
  /** What a record may be given by whoever does not know whether it is there. */
  values: z.ZodType<Record<string, unknown>>;
  /** The same deeds for such values: one that is there leaves aside what only a new one takes. */
  upsertable: Upsertable;
  /** Deletes through the ordinary deed. Throws what that throws. */
  remove(ctx: Context, revision: Revision): Promise<void>;
  /** The record's JSON. Throws its 404. */
  json(ctx: Context, id: string): Promise<string>;
}

type Shaped<Output> = z.ZodType<Output> & { shape: z.ZodRawShape };

interface Deeds<Input, Patch> {
  input: Shaped<Input>;
  patch: Shaped<Patch>;
  create(ctx: Context, input: Input): Promise<string>;
  update(ctx: Context, revision: Revision, patch: Patch): Promise<unknown>;
}

type What<Input, Patch> = Pick<Editable, 'type' | 'json' | 'remove'> & Deeds<Input, Patch>;

function editable<Input, Patch>(what: What<Input, Patch>): Editable {
  const { type, input, patch, json, remove } = what;
  const create: Editable['create'] = (ctx, values) => what.create(ctx, parsed(input, values));
  const edit: Editable['edit'] = async (ctx, revision, values) => void (await what.update(ctx, revision, parsed(patch, values)));
  return { type, patch, json, remove, create, edit, ...forUpserts({ type, create, edit }, what) };
}

/** `also` names what the deeds take of a record that is there, beside its patch. */
function forUpserts(
  deeds: Upsertable,
  { input, patch }: Pick<Deeds<unknown, unknown>, 'input' | 'patch'>,
  also: readonly string[] = [],
) {
  const taken = new Set([...Object.keys(patch.shape), ...also]);
  const known = (values: object) => Object.fromEntries(Object.entries(values).filter(([name]) => taken.has(name)));
  return {
    values: z.strictObject(input.shape).partial(),
    upsertable: { ...deeds, edit: (ctx, revision, values) => deeds.edit(ctx, revision, known(values as object)) } as Upsertable, // parsed by the schema beside it
  };
}

const dealDeeds = {
  type: dealObject,
  input: CreateDeal,
  patch: UpdateDeal,
  create: async (ctx: Context, input: CreateDealInput) => (await createDeal(ctx, input)).id,
  update: updateDeal,
  remove: deleteDeal,
  json: getDeal,
};
const deal = editable(dealDeeds);

/** A deal's stage is changed by moving it, and a role of a contact, which history names `contacts.<id>`, by giving or taking it. */
async function editDeal(ctx: Context, revision: Revision, patch: unknown): Promise<void> {
  const { id: contactId, value: role } = linkIn(patch, 'contacts');
  if (contactId !== undefined && typeof role === 'string') return putDealContact(ctx, revision, { contactId, role });
  if (contactId !== undefined) return removeDealContact(ctx, revision, contactId);
  const { stage, reason, ...others } = patch as { stage?: unknown; reason?: string | null }; // the rest is parsed by the schema
  if (typeof stage === 'string') await moveDeal(ctx, revision, { stage, reason });
  if (Object.keys(others).length > 0) await deal.edit(ctx, typeof stage === 'string' ? { id: revision.id } : revision, others);
}

const contact = editable({
  type: contactObject,
  input: CreateContact,
  patch: UpdateContact,
  create: async (ctx, input) => (await createContact(ctx, input)).id,
  update: updateContact,
  remove: deleteContact,
  json: getContact,
});

/** A contact's role in a company, which history names `companies.<id>`, is given or taken. */
async function editContact(ctx: Context, revision: Revision, patch: unknown): Promise<void> {
  const { id: companyId, value } = linkIn(patch, 'companies');
  if (companyId === undefined) return contact.edit(ctx, revision, patch);
  if (value === null) return removeContactCompany(ctx, revision, companyId);
  return putContactCompany(ctx, revision, { companyId, ...parsed(ContactCompanyRole, value) });
}

/** The link of another record that is all of a patch, as history names it. */
function linkIn(patch: unknown, name: string): { id: string | undefined; value: unknown } {
  const [[field = '', value] = [], ...others] = Object.entries(patch as object);
  const [first, ...rest] = field.split('.');
  const id = first === name && others.length === 0 ? Id.safeParse(rest.join('.')).data : undefined;
  return { id, value };
}

/** The kinds of records, by their names in permissions. */
export const editables: Readonly<Record<Customisable, Editable>> = {
  contact: { ...contact, edit: editContact },
  company: editable({
    type: companyObject,
    input: CreateCompany,
    patch: UpdateCompany,
    create: async (ctx, input) => (await createCompany(ctx, input)).id,
    update: updateCompany,
    remove: deleteCompany,
    json: getCompany,
  }),
  activity: editable({
    type: activityObject,
    input: LogActivity,
    patch: UpdateActivity,
    create: (ctx, input) => logActivity(ctx, { ...input, source: 'user' }),
    update: updateActivity,
    remove: deleteActivity,
    json: getActivity,
  }),
  task: editable({
    type: taskObject,
    input: CreateTask,
    patch: UpdateTask,
    create: async (ctx, input) => (await createTask(ctx, input)).id,
    update: updateTask,
    remove: deleteTask,
    json: getTask,
  }),
  deal: { ...deal, patch: DealPatch, edit: editDeal, ...forUpserts({ ...deal, edit: editDeal }, dealDeeds, ['stage', 'reason']) },
};

/** What custom fields point to. */
export const pointedTo: CustomFieldsPort['types'] = {
  contact: contactObject,
  company: companyObject,
  deal: dealObject,
  activity: activityObject,
  task: taskObject,
  user: userTarget.type,
};

/** How each kind of record is shown. */
export const outs = { contact: ContactOut, company: CompanyOut, deal: DealOut, activity: ActivityOut, task: TaskOut };

/** Where the API has each kind of record. */
export const pathOf = {
  contact: 'contacts',
  company: 'companies',
  deal: 'deals',
  activity: 'activities',
  task: 'tasks',
} as const;

/** The tags of a live record, which is locked for change. Throws the record's 404. */
export const lockedTags = async (ctx: Context, object: Customisable, id: string): Promise<string[]> =>
  (await lockedRecord(ctx, object, id)).tagIds;

/** A live record of any kind, locked for change, with what rights and tags are asked of. Throws the record's 404. */
export async function lockedRecord(ctx: Context, object: Customisable, id: string): Promise<Reached & { tagIds: string[] }> {
  const { table, owner } = owned[object] as { table: string; owner: string }; // each of these objects has an owner
  const of = object === 'task' ? SQL`coalesce(assigned_to, created_by)` : SQL.ref(owner);
  const row = await rowOf<Reached & { tagIds: string[] }>(
    ctx,
    SQL`select id, ${of} as "ownerId", tag_ids as "tagIds" from ${SQL.ref(table)} where id = ${id} and deleted_at is null for update`,
  );
  if (row === undefined) throw notFound(object);
  return row;
}
