import { z } from 'zod';
import { addressFields, NewCompany } from '../companies/company.schema.ts';
import { OptionalTimeZone } from '../iso.schema.ts';
import { CustomFields, referenceTo, UserReference } from '../match.schema.ts';
import { TagIds } from '../tags/tag.schema.ts';
import { Email, optionalText, Restorable, refusal, Warning } from '../wire.ts';

const fields = {
  firstName: optionalText(100),
  lastName: optionalText(100),
  email: Email.nullable(),
  otherEmails: z.array(Email).max(100),
  phone: optionalText(50),
  mobile: optionalText(50),
  title: optionalText(200),
  department: optionalText(200),
  ...addressFields,
  leadSource: optionalText(100),
  leadStatus: optionalText(100),
  lifecycleStage: optionalText(100),
  timeZone: OptionalTimeZone,
  doNotEmail: z.boolean(),
  companyId: referenceTo(NewCompany).nullable(),
  ownerId: UserReference.nullable(),
  customFields: CustomFields,
  tagIds: TagIds,
};

/** A new contact; at least one of name, address and phone is needed. */
export const CreateContact = z
  .strictObject(fields)
  .partial()
  .refine(
    ({ firstName, lastName, email, otherEmails = [], phone, mobile }) =>
      [firstName, lastName, email, otherEmails[0], phone, mobile].some((value) => value),
    refusal('contact_unreachable', 'A contact needs at least one of firstName, lastName, email, phone, mobile.'),
  );
export type CreateContactInput = z.output<typeof CreateContact>;

/** Of the query with which a contact is made: `readmit` says that the person is known to have been erased, and is wanted back. */
export const Readmission = { readmit: z.stringbool().optional() };

/** What a contact is made of when one that is told by a match is not there; the match gives it an address, a phone or a custom field. */
export const NewContact = z.strictObject(fields).partial().meta({ id: 'NewContact' });

/** Changes of a contact; null clears a field. */
export const UpdateContact = z.strictObject(fields).partial();
export type UpdateContactInput = z.output<typeof UpdateContact>;

/** A contact on the wire. */
export const ContactOut = z
  .object({
    id: z.string(),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    name: z.string(),
    email: z.string().nullable(),
    otherEmails: z.array(z.string()),
    phone: z.string().nullable(),
    mobile: z.string().nullable(),
    title: z.string().nullable(),
    department: z.string().nullable(),
    addressLine1: z.string().nullable(),
    addressLine2: z.string().nullable(),
    city: z.string().nullable(),
    state: z.string().nullable(),
    postalCode: z.string().nullable(),
    country: z.string().nullable(),
    leadSource: z.string().nullable(),
    leadStatus: z.string().nullable(),
    lifecycleStage: z.string().nullable(),
    timeZone: z.string().nullable(),
    doNotEmail: z.boolean(),
    unsubscribedAt: z.string().nullable(),
    bouncedAt: z.string().nullable(),
    companyId: z.string().nullable(),
    companyName: z.string().nullable(),
    ownerId: z.string().nullable(),
    customFields: z.record(z.string(), z.unknown()),
    tagIds: z.array(z.string()),
    lastContactedAt: z.string().nullable(),
    nextActivityAt: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'Contact' });

/** A contact that was edited, with what to warn of. */
export const EditedContact = ContactOut.extend({ warnings: z.array(Warning).optional() });

/** A new contact, and the deleted one that had its address, for who may restore it. */
export const CreatedContact = EditedContact.extend({ restorable: Restorable.optional() });
