import { z } from 'zod';
import { CustomObject } from '../fields/field.schema.ts';

const Option = z.object({ value: z.string(), label: z.string() });

/** A field as filters, sorts, columns and views name it. `label`, `options` and `recordType` are those of custom fields. */
const DescribedField = z.object({
  name: z.string(),
  /** What it holds. `user` is an id that may be told as `me`, `ids` and `choices` hold several; `other` can only be shown. */
  type: z.enum(['text', 'number', 'money', 'boolean', 'instant', 'day', 'id', 'user', 'ids', 'choices', 'other']),
  operators: z.array(z.string()),
  sortable: z.boolean(),
  /** Whether it is in answers; what is not can be filtered or sorted by. */
  shown: z.boolean(),
  label: z.string().nullable(),
  options: z.array(Option),
  recordType: CustomObject.nullable(),
});

/** An object as its lists know it. A relation is another record: shown by `include`, its fields filtered by as `company.industry`. */
export const ObjectOut = z
  .object({
    object: z.enum([...CustomObject.options, 'user']),
    fields: z.array(DescribedField),
    relations: z.array(z.object({ name: z.string(), object: z.string(), field: z.string() })),
  })
  .meta({ id: 'Object' });
