import { z } from 'zod';
import { CustomObject } from '../fields/field.schema.ts';
import { Id, label, optionalText, PageQuery } from '../wire.ts';

const settings = {
  name: label(100),
  /** The tree of `POST /<object>/search`. */
  filter: z.record(z.string().max(200), z.unknown()),
  q: optionalText(200),
  sort: optionalText(300),
  columns: z.array(z.string().max(120)).max(100),
  access: z.enum(['private', 'team', 'all']),
  teamId: Id.nullable(),
  isDefault: z.boolean(),
};

/** A new view of an object's list: one's own unless it is shared with a team or with all. */
export const CreateView = z.strictObject({ object: CustomObject, ...z.object(settings).partial().shape, name: settings.name });
export type CreateViewInput = z.output<typeof CreateView>;

/** Changes of a view. `isDefault` is for the caller alone, and may be set on a view of somebody else. */
export const UpdateView = z.strictObject(settings).partial();
export type UpdateViewInput = z.output<typeof UpdateView>;

/** Which views to list. */
export const ListViews = PageQuery.extend({ object: CustomObject.optional() });

/** A view on the wire; `isDefault` says whether it is the caller's. */
export const ViewOut = z
  .object({
    id: z.string(),
    object: CustomObject,
    name: z.string(),
    filter: z.record(z.string(), z.unknown()),
    q: z.string().nullable(),
    sort: z.string().nullable(),
    columns: z.array(z.string()),
    access: z.enum(['private', 'team', 'all']),
    teamId: z.string().nullable(),
    ownerId: z.string().nullable(),
    isDefault: z.boolean(),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'View' });
