import type { Context } from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import { editables } from '../editing/editable.ts';
import type { Changes } from '../records.ts';

type Json = Record<string, unknown>;

/**
 * Puts back those values of a record that are still as the bulk edit left them. False when each has been edited since. Throws what the
 * deed throws, also `version_mismatch` when somebody edits the record at this moment.
 */
export async function undoRecord(
  ctx: Context,
  { object, id }: { object: Customisable; id: string },
  changes: Changes,
): Promise<boolean> {
  const record = JSON.parse(await editables[object].json(ctx, id)) as Json;
  const customFields: Json = {};
  const patch: Json = {};
  for (const [field, { from, to }] of Object.entries(changes)) {
    const name = /^customFields\.(.+)$/.exec(field)?.[1];
    const now = name === undefined ? record[field] : (record.customFields as Json)[name];
    if (field === 'tagIds') {
      const left = withoutEdit(now as string[], { from: from as string[], to: to as string[] }); // as the column is
      if (!same(left, now)) patch.tagIds = left;
      continue;
    }
    if (!same(now, to)) continue;
    if (name === undefined) patch[field] = from;
    else customFields[name] = from;
  }
  if (Object.keys(customFields).length > 0) patch.customFields = customFields;
  if (Object.keys(patch).length === 0) return false;
  await editables[object].edit(ctx, { id, version: Number(record.version) }, patch);
  return true;
}

/** Tags as they would be without the edit: each is a value of its own, so that those which others gave or took stay as they are. */
function withoutEdit(now: readonly string[], { from, to }: { from: readonly string[]; to: readonly string[] }): string[] {
  const added = new Set(to.filter((id) => !from.includes(id)));
  return [...new Set([...now.filter((id) => !added.has(id)), ...from.filter((id) => !to.includes(id))])].sort();
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
