import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { Rights } from './permission.schema.ts';
import { requireReach } from './permissions.ts';
import { findShared, type SharedRecord } from './shares.ts';

/** What the caller may do to a record: what a page offers. Throws the record's 404. */
export async function rightsTo(ctx: Context, record: SharedRecord): Promise<Rights> {
  const found = await findShared(ctx, record);
  const may = async (verb: 'edit' | 'delete'): Promise<boolean> => {
    try {
      await requireReach(ctx, { object: record.object, verb }, found);
      return true;
    } catch (error) {
      if (error instanceof AppError && error.status === 403) return false;
      throw error;
    }
  };
  return { edit: await may('edit'), delete: await may('delete') };
}
