import type { z } from 'zod';
import { aside, type Context } from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import { operators } from '../filters.ts';
import { userObject } from '../identity/user.object.ts';
import { customField, type Field, isSortable, knownFields, knownRelations, type ObjectType } from '../objects.ts';
import { editables } from './editable.ts';
import type { ObjectOut } from './object.schema.ts';

type Described = z.input<typeof ObjectOut>;

/** What lists, filters, sorts and views may speak of, as far as the caller's role shows it: each object with its own and custom fields. */
export async function describeObjects(ctx: Context): Promise<Described[]> {
  const custom = await ctx.ports.customFields.current(await aside(ctx));
  const types = [...Object.values(editables).map(({ type }) => type), userObject];
  return types.map((type) => ({
    object: type.object as Described['object'], // these six alone are described
    fields: [
      ...Object.entries(knownFields(ctx, type)).map(([name, field]) => described(name, field)),
      ...[...(custom.of[type.object as Customisable]?.values() ?? [])].flatMap(({ name, label, options, recordType }) => {
        const field = customField({ ctx, custom }, type, `customFields.${name}`);
        return field === undefined
          ? []
          : [{ ...described(`customFields.${name}`, field), label, options: [...options], recordType }];
      }),
    ],
    relations: relationsOf(ctx, type),
  }));
}

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
