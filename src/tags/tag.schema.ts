import { z } from 'zod';
import { Id, label, PageQuery } from '../wire.ts';

/** The tags of a record, at most 100. */
export const TagIds = z.array(Id).max(100);

const Color = z
  .string()
  .regex(/^#[0-9a-f]{6}$/i, { error: 'must be a colour such as #3366cc' })
  .nullable();

/** A new tag. */
export const CreateTag = z.strictObject({ name: label(100), color: Color.optional() });
export type CreateTagInput = z.output<typeof CreateTag>;

/** Changes of a tag. */
export const UpdateTag = z.strictObject({ name: label(100), color: Color }).partial();
export type UpdateTagInput = z.output<typeof UpdateTag>;

/** Which tag is to stand in for this one from now on. */
export const MergeTag = z.strictObject({ into: Id });

/** Query of the tags' list. */
export const ListTags = PageQuery;

/** A tag on the wire. */
export const TagOut = z
  .object({
    id: z.string(),
    name: z.string(),
    color: z.string().nullable(),
    createdBy: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'Tag' });
