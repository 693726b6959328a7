import { useQuery } from '@tanstack/react-query';
import { meQuery } from '../queries.ts';
import type { Me } from '../records.ts';

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
