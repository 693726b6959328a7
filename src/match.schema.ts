import { z } from 'zod';
import { Id, label, refusal, text } from './wire.ts';

/** What another system calls a record. */
export const ExternalKey = z.strictObject({ system: label(100), id: label(300) });
export type ExternalKeyInput = z.output<typeof ExternalKey>;

/** By what a record is told when its id is not known: exactly one of these; `customFields` holds one unique field with its value. */
export const Match = z
  .strictObject({
    email: text(320),
    domain: text(2_000),
    phone: text(50),
    externalId: ExternalKey,
    customFields: z.record(
      label(100),
      z.union([text(1_000), z.number()], { error: 'must be the text or number of a unique custom field' }),
    ),
  })
  .partial()
  .refine(
    ({ customFields = {}, ...match }) =>
      [...Object.values(match), ...Object.keys(customFields)].filter((one) => one !== undefined).length === 1,
    refusal('one_match', 'must name exactly one of email, domain, phone, externalId, or one custom field'),
  )
  .meta({ id: 'Match', description: 'By what a record is told when its id is not known: exactly one of these' });
export type MatchInput = z.output<typeof Match>;

/** A record told by what it has, and what to make when there is none. */
export interface Matched {
  match: MatchInput;
  create?: Record<string, unknown> | undefined;
}

/** The id of a record, or what it is told by; what is made when there is none has the fields of `create`. */
export const referenceTo = <Create extends z.ZodType<Record<string, unknown>>>(create: Create) =>
  z.union([Id, z.strictObject({ match: Match, create: create.optional() })], {
    error: 'must be the id of a record, or { "match": ... } with what it is told by',
  });

/** Custom fields by name: scalars, lists of text, and what the record or user is told by that a field points to. */
export const CustomFields = z.record(
  z.string().max(100),
  z.union([text(10_000), z.number(), z.boolean(), z.null(), z.array(text(1_000)).max(200), z.strictObject({ match: Match })], {
    error: 'must be text, a number, true, false, null, a list of texts, or { "match": ... } in a field that points to a record',
  }),
);

/** The id of a user, or the address that they sign in with. Users are made by nobody's reference. */
export const UserReference = z.union([Id, z.strictObject({ match: z.strictObject({ email: text(320) }) })], {
  error: 'must be the id of a user, or { "match": { "email": ... } }',
});

/** A type in which records told by a match are the ids that they were found to have. */
export type Resolved<Value> = Value extends readonly (infer Item)[] ? Resolved<Item>[] : Exclude<Value, Matched>;

/** What an upsert by an external id does of a deleted record: bring it back, else it is a 410. */
export const RestoreQuery = z.strictObject({
  restore: z.stringbool().optional().meta({ description: 'Bring the record of the external id back if it is deleted' }),
});

/**
 * `?match=email` of a creation: the record that has the body's value is edited instead, if there is one. An external id, which no body has,
 * stands beside it: `?match=externalId&system=erp&externalId=4711`.
 */
export const upsertQuery = (...names: string[]) =>
  z.strictObject({
    match: z
      .string()
      .max(150)
      .regex(new RegExp(`^(${[...names, 'externalId'].join('|')}|customFields\\.\\w+)$`), {
        error: `must be one of ${[...names, 'externalId'].join(', ')}, or customFields. and the name of a unique one`,
      })
      .optional(),
    system: ExternalKey.shape.system.optional(),
    externalId: ExternalKey.shape.id.optional(),
    ...RestoreQuery.shape,
    duplicates: z.stringbool().optional().meta({ description: 'Tell what may be the same as the record' }),
  });
export type UpsertQuery = z.output<ReturnType<typeof upsertQuery>>;
