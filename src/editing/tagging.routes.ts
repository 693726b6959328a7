import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { type Revision, versionOf } from '../records.ts';
import { Id } from '../wire.ts';
import { editables, lockedTags, pathOf } from './editable.ts';

const tags = ['tags'];
const ByTag = z.strictObject({ id: Id, tagId: Id });

/** Puts one tag on a record, or takes it off, whatever others it has. */
export function taggingRoutes(app: App): void {
  for (const object of Object.keys(editables) as Customisable[]) {
    const schema = { tags, params: ByTag, response: { 204: z.null() } };
    const path = `/${pathOf[object]}/:id/tags/:tagId`;
    app.put(
      path,
      { schema: { ...schema, summary: `Put a tag on a record of ${pathOf[object]}` }, config: can(object, 'edit') },
      async (req, reply) => {
        const revision = { object, id: req.params.id, version: versionOf(req) };
        await req.transact((ctx) => retag(ctx, revision, (now) => [...now, req.params.tagId]));
        return reply.code(204).send();
      },
    );
    app.delete(
      path,
      { schema: { ...schema, summary: `Take a tag off a record of ${pathOf[object]}` }, config: can(object, 'edit') },
      async (req, reply) => {
        const revision = { object, id: req.params.id, version: versionOf(req) };
        await req.transact((ctx) => retag(ctx, revision, (now) => now.filter((id) => id !== req.params.tagId)));
        return reply.code(204).send();
      },
    );
  }
}

async function retag(
  ctx: Context,
  { object, ...revision }: Revision & { object: Customisable },
  change: (now: string[]) => string[],
): Promise<void> {
  const tagIds = change(await lockedTags(ctx, object, revision.id));
  await editables[object].edit(ctx, revision, { tagIds });
}
