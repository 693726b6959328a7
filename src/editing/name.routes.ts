import { z } from 'zod';
import { domains } from '../companies/domains.ts';
import { addresses } from '../contacts/addresses.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { type HeldName, type HeldNames, namesOf } from '../held-names.ts';
import type { App } from '../http.ts';
import { can, requireReach, requireShown } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { type Revision, versionOf } from '../records.ts';
import { ById, chosenOf, Email, Id, pageOf, text } from '../wire.ts';
import { editables, lockedRecord, outs, pathOf } from './editable.ts';

/** Where the API has the names of each kind of record, and what one is there. */
const doors = [
  { object: 'contact', names: addresses, part: 'emails', one: 'address', what: 'an e-mail address', input: Email },
  { object: 'company', names: domains, part: 'domains', one: 'domain', what: 'a domain', input: text(2_000) },
] as const;

type Door = (typeof doors)[number];

/** The addresses of a contact and the domains of a company, one by one. Each change is an edit of the record. */
export function nameRoutes(app: App): void {
  for (const door of doors) routesOf(app, door);
}

function routesOf(app: App, door: Door): void {
  const { object, names, part, one, what, input } = door;
  const base = `/${pathOf[object]}/:id/${part}`;
  const tags = [pathOf[object]];
  const record = chosenOf<z.ZodRawShape>(outs[object]);
  const Name = z.object({ id: z.string(), [one]: z.string(), primary: z.boolean(), createdAt: z.string() });

  app.get(
    base,
    {
      schema: { tags, summary: `List the ${part} of a record`, params: ById, response: { 200: pageOf(Name) } },
      config: can(object, 'read'),
    },
    (req) =>
      req.read(async (ctx) => {
        requireShown(ctx, object, names.primary);
        const data = (await namesOf(ctx, names, req.params.id)).map(({ name, ...row }) => ({ ...row, [one]: name }));
        return { data, nextCursor: null };
      }),
  );

  app.post(
    base,
    {
      schema: {
        tags,
        summary: `Give a record ${what}`,
        params: ById,
        body: z.strictObject({ [one]: input, primary: z.boolean().optional() }),
        response: { 201: record },
      },
      config: can(object, 'edit'),
    },
    (req, reply) => {
      const { [one]: name, primary } = req.body as { [name: string]: unknown; primary?: boolean }; // as its schema has it
      reply.code(201);
      return req.transact(async (ctx) =>
        change(ctx, door, { id: req.params.id, version: versionOf(req) }, (now) => {
          const others = now.filter((held) => !held.primary).map((held) => held.name);
          const main = now.find((held) => held.primary)?.name ?? null;
          if (primary) return { [names.primary]: name, [names.others]: main === null ? others : [main, ...others] };
          return { [names.others]: [...others, name] };
        }),
      );
    },
  );
  singleRoutes(app, door, { base, tags, record });
}

interface Shape {
  base: string;
  tags: string[];
  record: z.ZodType;
}

function singleRoutes(app: App, door: Door, { base, tags, record }: Shape): void {
  const { object, names, what } = door;
  const params = z.strictObject({ id: Id, nameId: Id });

  app.put(
    `${base}/:nameId/primary`,
    {
      schema: { tags, summary: `Make ${what} of a record its primary one`, params, response: { 200: record } },
      config: can(object, 'edit'),
    },
    (req) =>
      req.transact(async (ctx) =>
        change(ctx, door, { id: req.params.id, version: versionOf(req) }, (now) => ({
          [names.primary]: pick(door, now, req.params.nameId).name,
        })),
      ),
  );

  app.delete(
    `${base}/:nameId`,
    { schema: { tags, summary: `Take ${what} off a record`, params, response: { 200: record } }, config: can(object, 'edit') },
    (req) =>
      req.transact(async (ctx) =>
        change(ctx, door, { id: req.params.id, version: versionOf(req) }, (now) => {
          const gone = pick(door, now, req.params.nameId);
          const others = now.filter((held) => !held.primary && held !== gone).map((held) => held.name);
          return gone.primary ? { [names.primary]: null } : { [names.others]: others };
        }),
      ),
  );
}

function pick({ object, one }: Door, now: readonly HeldName[], id: string): HeldName {
  const found = now.find((held) => held.id === id);
  if (found === undefined) throw notFound(`${object}_${one}`);
  return found;
}

/** Edits a record by what its names are now, and gives its JSON. */
async function change(
  ctx: Context,
  { object, names }: { object: Door['object']; names: HeldNames },
  revision: Revision,
  patchOf: (now: readonly HeldName[]) => object,
) {
  await requireReach(ctx, { object, verb: 'edit' }, await lockedRecord(ctx, object, revision.id));
  await editables[object].edit(ctx, revision, patchOf(await namesOf(ctx, names, revision.id)));
  return json(await editables[object].json(ctx, revision.id));
}
