import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { invalidField, referenceNotFound } from '../errors.ts';
import { visible } from '../identity/permissions.ts';

/** Whoever puts companies below others waits here for whoever does: two at once could close a circle that neither sees. Before any row is locked. */
export const holdParents = (ctx: Context) =>
  rowsOf(ctx, SQL`select pg_advisory_xact_lock(hashtextextended('company parents', 0))`);

/** Throws 400 `reference_not_found` for a parent that is not there or hidden, and `company_cycle` for one that is the company or stands below it. */
export async function requireParent(ctx: Context, id: string | undefined, parentId: string): Promise<void> {
  const row = await rowOf<{ there: boolean | null; cycle: boolean | null }>(
    ctx,
    SQL`with recursive above as (
          select id, parent_id from companies where id = ${parentId}
          union select c.id, c.parent_id from above join companies c on c.id = above.parent_id
        )
        select (select deleted_at is null and merged_into is null and ${visible(ctx, 'company', 'companies')} from companies where id = ${parentId}) as there,
          (select bool_or(id = ${id ?? null}::uuid) from above) as cycle`,
  );
  if (!row?.there) throw referenceNotFound('parentId');
  if (row.cycle) throw invalidField('/parentId', 'company_cycle', 'A company cannot stand below itself.');
}
