import type { Context } from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import { editables } from '../editing/editable.ts';
import { reachable } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listRecords } from '../lists.ts';
import type { Fields, ObjectType } from '../objects.ts';
import type { ListRequest } from '../wire.ts';
import { ownerOf } from './restore.ts';

/** A page of the deleted records of a kind that the caller may restore, those deleted last first. */
export const listDeleted = (ctx: Context, object: Customisable, request: ListRequest): Promise<JsonText> =>
  listRecords(ctx, deletedTypes[object], request);

/** An object's deleted records, told as an object of their own: sorted by nothing but when they were deleted, which has an index. */
function deleted(object: Customisable): ObjectType {
  // Stored JSON is that of a live record: it says nothing of when it was deleted.
  const { stored: _, ...type } = editables[object].type;
  const fields = (all: Fields): Fields => ({
    ...Object.fromEntries(Object.entries(all).map(([name, field]) => [name, { ...field, sorted: null }])),
    deletedAt: { expression: `${type.table}.deleted_at`, type: 'instant', nullable: false },
  });
  const { fields: all } = type;
  return {
    ...type,
    live: type.live.replace(
      'deleted_at is null',
      `deleted_at is not null${object === 'contact' ? ' and contacts.erased_at is null' : ''}`,
    ),
    only: (ctx) => reachable(ctx, { object, verb: 'delete' }, ownerOf[object]),
    fields: typeof all === 'function' ? (ctx) => fields(all(ctx)) : fields(all),
    defaultSort: '-deletedAt',
  };
}

const deletedTypes: Readonly<Record<Customisable, ObjectType>> = {
  contact: deleted('contact'),
  company: deleted('company'),
  deal: deleted('deal'),
  activity: deleted('activity'),
  task: deleted('task'),
};
