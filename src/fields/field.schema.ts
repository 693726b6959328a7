import { z } from 'zod';
import type { Customisable, CustomType } from '../custom-fields.ts';
import { label, optionalText, PageQuery } from '../wire.ts';

/** Objects that have custom fields. */
export const CustomObject = z.enum(['contact', 'company', 'deal', 'activity', 'task'] satisfies Customisable[]);

const FieldType = z.enum([
  'text',
  'longText',
  'number',
  'boolean',
  'date',
  'datetime',
  'select',
  'multiselect',
  'url',
  'email',
  'phone',
  'user',
  'record',
] satisfies CustomType[]);

const FieldName = z.string().regex(/^[a-z][A-Za-z0-9_]{0,62}$/, {
  error: 'must begin with a small letter and have letters, digits and _ only, 63 at most, such as taxNumber',
});

const options = z.array(z.strictObject({ value: label(200), label: label(200) })).max(500);

const settings = {
  label: label(200),
  description: optionalText(1_000),
  options,
  required: z.boolean(),
  unique: z.boolean(),
  indexed: z.boolean(),
  position: z.int().min(0).max(10_000),
};

/** A new custom field. `options` belong to select and multiselect, `recordType` to record. */
export const CreateField = z.strictObject({
  object: CustomObject,
  name: FieldName,
  type: FieldType,
  recordType: CustomObject.optional(),
  ...z.object(settings).partial().shape,
  label: settings.label,
});
export type CreateFieldInput = z.output<typeof CreateField>;

/** Changes of a custom field. A new name moves all values to it; the type changes by its own route. */
export const UpdateField = z.strictObject({ name: FieldName, ...settings }).partial();
export type UpdateFieldInput = z.output<typeof UpdateField>;

/** What a field is to hold from now on. With `dryRun` nothing changes, and the answer says which values would not convert. */
export const ConvertField = z.strictObject({
  type: FieldType,
  options: options.optional(),
  recordType: CustomObject.optional(),
  dryRun: z.boolean().default(false),
});
export type ConvertFieldInput = z.output<typeof ConvertField>;

/** Which custom fields to list: of one object, and with archived ones on request. */
export const ListFields = PageQuery.extend({ object: CustomObject.optional(), archived: z.stringbool().default(false) });

/** A custom field on the wire. `indexState` says whether the index behind `unique` and `indexed` stands yet. */
export const FieldOut = z
  .object({
    id: z.string(),
    object: CustomObject,
    name: z.string(),
    type: FieldType,
    label: z.string(),
    description: z.string().nullable(),
    options: z.array(z.object({ value: z.string(), label: z.string() })),
    recordType: CustomObject.nullable(),
    required: z.boolean(),
    unique: z.boolean(),
    indexed: z.boolean(),
    indexState: z.enum(['none', 'building', 'ready', 'failed']),
    indexError: z.string().nullable(),
    position: z.int(),
    archivedAt: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'CustomField' });

/** What a change of type does: how many values convert, and the first hundred that do not. */
export const ConversionOut = z
  .object({
    type: FieldType,
    dryRun: z.boolean(),
    converts: z.int(),
    fails: z.int(),
    failures: z.array(z.object({ id: z.string(), value: z.unknown(), message: z.string() })),
  })
  .meta({ id: 'CustomFieldConversion' });
