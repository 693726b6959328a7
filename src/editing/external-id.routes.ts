import { z } from 'zod';
import type { Customisable } from '../custom-fields.ts';
import { holdExternalId, identify, unidentify } from '../external-ids.ts';
import type { App } from '../http.ts';
import { can, requireReach } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { ExternalKey, RestoreQuery } from '../match.schema.ts';
import { versionOf } from '../records.ts';
import { type Restore, upsert } from '../upserts.ts';
import { chosenOf, Id, ProblemOut } from '../wire.ts';
import { editables, lockedRecord, outs, pathOf } from './editable.ts';

const tags = ['external ids'];
const { system, id: externalId } = ExternalKey.shape;
const ByKey = z.strictObject({ system, externalId });
const OfRecord = z.strictObject({ id: Id, system, externalId });

/** Records by what another system calls them: made or edited by that alone, named so, and no longer. */
export function externalIdRoutes(app: App, restore: Restore): void {
  for (const object of Object.keys(editables) as Customisable[]) {
    putRoute(app, object, restore);
    namingRoutes(app, object);
  }
}

function putRoute(app: App, object: Customisable, restore: Restore): void {
  const { json: shown, values, upsertable } = editables[object];
  const out = chosenOf<z.ZodRawShape>(outs[object]);
  app.put(
    `/${pathOf[object]}/by/:system/:externalId`,
    {
      schema: {
        tags,
        summary: `Make or edit the record of ${pathOf[object]} that another system calls so`,
        params: ByKey,
        querystring: RestoreQuery,
        body: values,
        response: { 200: out, 201: out, 410: ProblemOut },
      },
      config: can(object, 'create'),
    },
    async (req, reply) => {
      const match = { externalId: { system: req.params.system, id: req.params.externalId } };
      const asked = req.query.restore ? restore : undefined;
      const what = { match, pointer: 'path', values: req.body, version: versionOf(req), restore: asked };
      const { made, text } = await req.transact(async (ctx) => {
        const { id, made } = await upsert(ctx, upsertable, what);
        return { made, text: await shown(ctx, id) };
      });
      return reply.code(made ? 201 : 200).send(json(text));
    },
  );
}

function namingRoutes(app: App, object: Customisable): void {
  const { type } = editables[object];
  const path = `/${pathOf[object]}`;

  app.put(
    `${path}/:id/external-ids/:system/:externalId`,
    {
      schema: { tags, summary: 'Say what another system calls a record', params: OfRecord, response: { 204: z.null() } },
      config: can(object, 'edit'),
    },
    async (req, reply) => {
      const { id, ...key } = keyOf(req.params);
      await req.transact(async (ctx) => {
        await requireReach(ctx, { object, verb: 'edit' }, await lockedRecord(ctx, object, id));
        await holdExternalId(ctx, object, key.key);
        await identify(ctx, type, { id, ...key });
      });
      return reply.code(204).send();
    },
  );

  app.delete(
    `${path}/:id/external-ids/:system/:externalId`,
    {
      schema: { tags, summary: 'Take an external id off a record', params: OfRecord, response: { 204: z.null() } },
      config: can(object, 'edit'),
    },
    async (req, reply) => {
      await req.transact(async (ctx) => {
        await requireReach(ctx, { object, verb: 'edit' }, await lockedRecord(ctx, object, req.params.id));
        await unidentify(ctx, type, keyOf(req.params));
      });
      return reply.code(204).send();
    },
  );
}

const keyOf = ({ id, ...key }: z.output<typeof OfRecord>) => ({ id, key: { system: key.system, id: key.externalId } });
