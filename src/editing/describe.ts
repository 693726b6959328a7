import type { z } from 'zod';
import { aside, type Context } from '../context.ts';
import type { CustomField, CustomFields, Customisable } from '../custom-fields.ts';
import { operators } from '../filters.ts';
import { reachOf } from '../identity/permissions.ts';
import { userObject } from '../identity/user.object.ts';
import { customField, type Field, isSortable, knownFields, knownRelations, type ObjectType } from '../objects.ts';
import { editables } from './editable.ts';
import type { ObjectOut } from './object.schema.ts';

type Described = z.input<typeof ObjectOut>;

/**
 * What lists, filters, sorts and views may speak of, as far as the caller's role shows it: each object with its own fields, and, for who reads
 * any of its records, with the custom ones.
 */
export async function describeObjects(ctx: Context): Promise<Described[]> {
  const custom = await ctx.ports.customFields.current(await aside(ctx));
  const types = [...Object.values(editables).map(({ type }) => type), userObject];
  return types.map((type) => ({
    object: type.object as Described['object'], // these six alone are described
    fields: [
      ...Object.entries(knownFields(ctx, type)).map(([name, field]) => described(name, field)),
      ...customOf(ctx, custom, type).flatMap(({ name, label, options, recordType }) => {
        const field = customField({ ctx, custom }, type, `customFields.${name}`);
        return field === undefined
          ? []
          : [{ ...described(`customFields.${name}`, field), label, options: [...options], recordType }];
      }),
    ],
    relations: relationsOf(ctx, type),
  }));
}

const customOf = (ctx: Context, custom: CustomFields, { object }: ObjectType): CustomField[] =>
  reachOf(ctx.actor, object, 'read') === 'none' ? [] : [...(custom.of[object as Customisable]?.values() ?? [])];

const described = (name: string, field: Field): Described['fields'][number] => ({
  name,
  type: field.type,
  operators: field.type === 'other' ? [] : [...operators[field.type]],
  sortable: isSortable(field),
  shown: field.unseen !== true,
  label: null,
  options: [],
  recordType: null,
});

const relationsOf = (ctx: Context, type: ObjectType): Described['relations'] =>
  Object.entries(knownRelations(ctx, type)).map(([name, { type: other, field }]) => ({ name, object: other().object, field }));
