import { fieldsOf, type ObjectType } from '../objects.ts';

/** Users, as far as records point to them. */
export const userObject: ObjectType = {
  object: 'user',
  table: 'users',
  live: 'true',
  fields: fieldsOf('users', 'id:id name email timeZone!'),
  joins: {},
  relations: {},
  defaultSort: 'id',
};
