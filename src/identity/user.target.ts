import { SQL } from '../database.ts';
import type { ObjectType } from '../objects.ts';
import type { Target } from '../refer.ts';
import { userObject } from './user.object.ts';

const type: ObjectType = {
  ...userObject,
  live: 'users.removed_at is null',
  match: {
    email: {
      normal: (address) => address.trim().toLowerCase(),
      having: (address) => SQL<boolean>`lower(users.email) = ${address}`,
    },
  },
};

/** A user, as what another record's field points to; told by their address. */
export const userTarget: Target = { type };
