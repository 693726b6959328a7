import { concernedBy, refreshConcerned } from '../activities/freshness.ts';
import { domains } from '../companies/domains.ts';
import { addresses } from '../contacts/addresses.ts';
import { type Context, rowOf, rowsOf } from '../context.ts';
import { type Customisable, type CustomType, customExpression } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, notFound } from '../errors.ts';
import { liveRows, tableOf } from '../fields/tables.ts';
import { type HeldNames, reclaimNames } from '../held-names.ts';
import { requireReach, visible } from '../identity/permissions.ts';
import { type Revision, requireVersion, type Versioned } from '../records.ts';
import { refreshNextActivity } from '../tasks/add-task.ts';

/** Which record. */
export type RecordRevision = Revision & { object: Customisable };

/** Names that a record had to itself, and lost when it was deleted. */
const namesOf: Partial<Record<Customisable, HeldNames>> = { contact: addresses, company: domains };

/** What a record of each kind is called, when it is named in a refusal; a mail's subject is not for everybody. */
const titles: Record<Customisable, string> = {
  contact: 'full_name',
  company: 'name',
  deal: 'name',
  activity: 'type',
  task: 'title',
};

interface Deletable extends Versioned {
  id: string;
  ownerId: string | null;
  deletedAt: string | null;
  dealId: string | null;
  contactId: string | null;
}

/**
 * Brings a deleted record back, with all that pointed to it; for one that is not deleted it does nothing. Counts as an edit. Throws the
 * record's 404, `forbidden`, `version_mismatch`, and 409 when somebody has its address, domain or unique custom value meanwhile, which
 * names the holder if the actor may see it.
 */
export async function restoreRecord(ctx: Context, { object, id, version }: RecordRevision): Promise<void> {
  const record = await lockDeletable(ctx, object, id);
  await requireReach(ctx, { object, verb: 'delete' }, record);
  requireVersion(record, version);
  if (record.deletedAt === null) return;
  await requireFreeValues(ctx, object, id);
  const names = namesOf[object];
  if (names !== undefined) await reclaimNames(ctx, names, id);
  await rowsOf(
    ctx,
    SQL`update ${SQL.ref(tableOf[object])} set deleted_at = null, version = version + 1, updated_at = ${ctx.now} where id = ${id}`,
  );
  if (object === 'task') await refreshNextActivity(ctx, record);
  if (object === 'activity') await refreshConcerned(ctx, await concernedBy(ctx, id));
  emitRestored(ctx, object, record);
}

/** SQL of who owns a record, as deleting it asks. */
export const ownerOf: Record<Customisable, string> = {
  contact: 'contacts.owner_id',
  company: 'companies.owner_id',
  deal: 'deals.owner_id',
  activity: 'activities.owner_id',
  task: 'coalesce(tasks.assigned_to, tasks.created_by)',
};

/** A record that is or may be deleted, locked for change; one that was merged away or erased is not there. Throws its 404. */
async function lockDeletable(ctx: Context, object: Customisable, id: string): Promise<Deletable> {
  const table = tableOf[object];
  const linked = object === 'activity' || object === 'task';
  const row = await rowOf<Deletable>(
    ctx,
    SQL`select id, ${SQL.raw(ownerOf[object])} as "ownerId", version, updated_at as "updatedAt", deleted_at as "deletedAt",
          ${SQL.raw(linked ? 'deal_id' : 'null')} as "dealId", ${SQL.raw(linked ? 'contact_id' : 'null')} as "contactId"
        from ${SQL.ref(table)} where id = ${id} and ${SQL.raw(/merged_into/.test(liveRows(object)) ? 'merged_into is null' : 'true')}
          and ${SQL.raw(object === 'contact' ? 'erased_at is null' : 'true')} for update`,
  );
  if (row === undefined) throw notFound(object);
  return row;
}

/** Throws 409 when another record has this one's value of a unique custom field. */
async function requireFreeValues(ctx: Context, object: Customisable, id: string): Promise<void> {
  const table = tableOf[object];
  const fields = await rowsOf<{ name: string; type: CustomType }>(
    ctx,
    SQL`select field_name as name, field_type as type from custom_fields where entity_type = ${object} and is_unique`,
  );
  for (const field of fields) {
    const value = (of: string) => SQL.raw(customExpression(of, field).expression);
    const holder = await rowOf<{ id: string; name: string; seen: boolean }>(
      ctx,
      SQL`select ${SQL.raw(`${table}.id, ${table}.${titles[object]}`)} as name, ${visible(ctx, object, table)} as seen from ${SQL.ref(table)}
          where ${value(table)} = (select ${value('mine')} from ${SQL.ref(table)} mine where mine.id = ${id}) and ${SQL.raw(liveRows(object))} limit 1`,
    );
    if (holder === undefined) continue;
    const message = `Another record has this value of ${field.name}.`;
    const errors = [{ pointer: `/customFields/${field.name}`, code: 'custom_value_taken', message }];
    const existing = holder.seen ? { id: holder.id, name: holder.name } : null;
    throw conflict('custom_value_taken', message, { errors, existing });
  }
}

function emitRestored(ctx: Context, object: Customisable, { id, dealId }: Deletable): void {
  switch (object) {
    case 'contact':
      return void emit(ctx, 'contact.restored', { contactId: id });
    case 'company':
      return void emit(ctx, 'company.restored', { companyId: id });
    case 'deal':
      return void emit(ctx, 'deal.restored', { dealId: id });
    case 'activity':
      return void emit(ctx, 'activity.restored', { activityId: id, dealId });
    case 'task':
      return void emit(ctx, 'task.restored', { taskId: id, dealId });
  }
}
