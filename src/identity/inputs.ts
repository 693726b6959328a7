import type { RawBuilder } from 'kysely';
import { type Actor, type Context, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { AppError, type FieldError, forbidden, invalid, referenceNotFound } from '../errors.ts';
import { alongside, covers, type ObjectName, owned, reachOf, seesAll, visible } from './permissions.ts';

/** What the fields of a record point to. Contacts go through `linkable`, which follows merges. */
const references: Record<string, ObjectName> = {
  companyId: 'company',
  parentId: 'company',
  dealId: 'deal',
  ownerId: 'user',
  assignedTo: 'user',
};

/** Of records that can be deleted: that they are there, and are kept from being deleted until the link to them is written. */
const held: Partial<Record<ObjectName, RawBuilder<unknown>>> = {
  company: SQL`and deleted_at is null and merged_into is null for key share`,
  deal: SQL`and deleted_at is null for key share`,
};

/**
 * Checks what an actor wants to write into a record of `object`. Throws 400 for a field that the role hides, as if there were none, and
 * for one that points to a record which the actor may not see (`reference_not_found`, the same as for a missing one); 403 that names the
 * field for one that the role may not write. A record that is pointed to is held, so that it is not deleted meanwhile; a deleted one counts
 * as missing. Costs a statement per reference; for users none, where the actor sees them all.
 */
export async function requireInput(ctx: Context, object: ObjectName, input: object): Promise<void> {
  requireFields(ctx.actor, object, input);
  await requireReferences(ctx, object, Object.entries(input));
}

/**
 * The same of a patch. What stays as the record has it may be hidden from the actor by now, or deleted: it is no new link. An owner is
 * asked of always: whoever names one says whose it is to be.
 */
export async function requirePatch(
  ctx: Context,
  object: ObjectName,
  { record, patch }: { record: object; patch: object },
): Promise<void> {
  requireFields(ctx.actor, object, patch);
  const before = record as Record<string, unknown>; // fields by name, as the patch has them
  const changed = Object.entries(patch).filter(([field, value]) => field === 'ownerId' || (before[field] ?? null) !== value);
  await requireReferences(ctx, object, changed);
}

async function requireReferences(ctx: Context, object: ObjectName, given: [string, unknown][]): Promise<void> {
  for (const [field, id] of given) {
    if (field === 'ownerId') requireKept(ctx, object, id);
    const target = references[field];
    const place = target === undefined ? undefined : owned[target];
    if (target === undefined || place === undefined || typeof id !== 'string') continue;
    if (target === 'user' && seesAll(ctx.actor, target)) continue;
    const row = await rowOf(
      ctx,
      SQL`select 1 from ${SQL.ref(place.table)} where id = ${id} and ${visible(ctx, target, place.table)} ${held[target] ?? SQL``}`,
    );
    if (row === undefined) throw referenceNotFound(field);
  }
}

/** Nobody gives a record away to where they would not see it any more: its next reader may as well be told so now. */
function requireKept({ actor }: Context, object: ObjectName, ownerId: unknown): void {
  const isOwner = ownerId === null || typeof ownerId === 'string';
  if (isOwner && !covers(actor, reachOf(actor, object, 'read'), ownerId)) throw forbidden(`${object}:read`);
}

/** Throws 400 for a field that the role hides, as if there were none, and 403 that names the field for one that it may not write. */
export function requireFields({ grants }: Actor, object: ObjectName, input: object): void {
  const rules = grants.fields?.[object];
  if (rules === undefined) return;
  const ruleOf = (field: string) => rules[field] ?? rules[alongside[field] ?? ''];
  const written = writtenFields(input).filter(({ field }) => ruleOf(field) !== undefined);
  const hidden = written.filter(({ field }) => ruleOf(field) === 'hidden');
  if (hidden.length > 0) throw invalid(hidden.map(unknownProperty));
  const [first] = written;
  if (first === undefined) return;
  const message = `Your role may not write ${first.field}.`;
  throw new AppError('field_read_only', 403, message, {
    permission: `${object}.${first.field}:edit`,
    errors: written.map(({ pointer }) => ({ pointer, code: 'field_read_only', message })),
  });
}

interface Written {
  field: string;
  pointer: string;
}

/** Fields as roles name them: `phone`, `customFields.score`. */
function writtenFields(input: object): Written[] {
  return Object.entries(input).flatMap(([field, value]): Written[] => {
    if (value === undefined) return [];
    if (field !== 'customFields' || value === null) return [{ field, pointer: `/${field}` }];
    const names = Object.keys(value as object); // custom fields are an object by name
    return [
      { field, pointer: `/${field}` },
      ...names.map((name) => ({ field: `${field}.${name}`, pointer: `/${field}/${name}` })),
    ];
  });
}

const unknownProperty = ({ field, pointer }: Written): FieldError => ({
  pointer,
  code: 'unknown_property',
  message: `There is no property ${field.replace('customFields.', '')} here.`,
});
