import { queryOptions, useQuery } from '@tanstack/react-query';
import { call } from '../api.ts';
import { meQuery } from '../queries.ts';
import { collection, type Me, type Noun, type Rights } from '../records.ts';

/** What the hub would let the viewer do, so that what it would refuse is not offered. The hub checks each call by itself. */
export interface Allowed {
  /** Whether the viewer's role does this to any records at all. */
  can(object: string, verb: string): boolean;
  /** Whether it has a capability. */
  may(capability: string): boolean;
}

const reachOf = ({ permissions }: Me, object: string, verb: string): string =>
  permissions[object]?.[verb] ?? permissions['*']?.[verb] ?? 'none';

/** Asks what the viewer may do; nothing until that is known. */
export function useAllowed(): Allowed {
  const { data: me } = useQuery(meQuery);
  return {
    can: (object, verb) => me !== undefined && reachOf(me, object, verb) !== 'none',
    may: (capability) => me !== undefined && (me.capabilities.includes(capability) || me.capabilities.includes('*')),
  };
}

/** What the viewer may do to one record. Its key begins as the record's: whoever owns it anew decides anew. */
const rightsQuery = (noun: Noun, id: string) =>
  queryOptions({
    queryKey: [noun, id, 'rights'],
    queryFn: ({ signal }) => call<Rights>('GET', `/${collection[noun]}/${id}/rights`, { signal }),
  });

/** What the role says of a field, which is named as the API does: `phone`, `customFields.seats`. */
type FieldRules = (name: string) => 'hidden' | 'readonly' | 'open';

/** What the viewer's role says of the fields of an object. */
export function useFieldRules(object: string): FieldRules {
  const { data: me } = useQuery(meQuery);
  const rules = me?.fields[object] ?? {};
  return (name) => (rules[name] ?? rules[name.split('.')[0] ?? ''] ?? 'open') as ReturnType<FieldRules>; // as roles name them
}

interface RecordRights extends Rights {
  field: FieldRules;
}

/** What the viewer may do to a record; nothing until that is known. */
export function useRights(noun: Noun, id: string): RecordRights {
  const { data: rights } = useQuery(rightsQuery(noun, id));
  return {
    edit: rights?.edit ?? false,
    delete: rights?.delete ?? false,
    field: useFieldRules(noun),
  };
}
