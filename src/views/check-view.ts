import { type Context, sql } from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import { editables } from '../editing/editable.ts';
import { AppError, invalidField } from '../errors.ts';
import { searchRecords } from '../lists.ts';
import { customField } from '../objects.ts';

/** What of a view depends on its object. */
export interface ViewQuestion {
  object: Customisable;
  filter: Record<string, unknown>;
  q: string | null;
  sort: string | null;
  columns: readonly string[];
}

/** Asks what the view asks, for one record: so it throws 400 for just what its list would refuse, at the view's own places. */
export async function checkView(ctx: Context, { object, filter, q, sort, columns }: ViewQuestion): Promise<void> {
  const { type } = editables[object];
  const own = columns.filter((name) => !name.startsWith('customFields.'));
  const custom = await ctx.ports.customFields.current(await sql(ctx));
  const unknown = columns.findIndex((name) => !own.includes(name) && customField({ ctx, custom }, type, name) === undefined);
  if (unknown >= 0) throw invalidField(`/columns/${unknown}`, 'unknown_field', `There is no field ${columns[unknown]} here.`);
  const fields = own.length === 0 ? undefined : own.join(',');
  try {
    await searchRecords(ctx, type, { filter, q: q ?? undefined, sort: sort ?? undefined, fields, limit: 1 });
  } catch (error) {
    if (!(error instanceof AppError) || error.details.errors === undefined) throw error;
    const errors = error.details.errors.map((one) => ({ ...one, pointer: one.pointer.replace(/^\/fields\b/, '/columns') }));
    throw new AppError(error.code, error.status, error.message, { ...error.details, errors }, error);
  }
}
