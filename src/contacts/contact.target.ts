import { parsed } from '../http.ts';
import type { Target } from '../refer.ts';
import { contactObject } from './contact.object.ts';
import { CreateContact } from './contact.schema.ts';
import { createContact } from './contacts.ts';

/** A contact, as what another record's field points to. */
export const contactTarget: Target = {
  type: contactObject,
  create: async (ctx, values) => (await createContact(ctx, parsed(CreateContact, values))).id,
};
