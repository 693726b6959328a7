import { z } from 'zod';
import { Day, Id, optionalText, refusal } from '../wire.ts';

/** Route parameters of one company of a contact. */
export const ByContactCompany = z.strictObject({ id: Id, companyId: Id });

/** What a contact is in a company, and from when until when, both days included; what is not said is not known. */
export const ContactCompanyRole = z
  .strictObject({
    role: optionalText(200).default(null),
    from: Day.nullable().default(null),
    until: Day.nullable().default(null),
  })
  .refine(
    ({ from, until }) => from === null || until === null || from <= until,
    refusal('until_before_from', 'must not be before from', 'until'),
  );
export type ContactCompanyRoleInput = z.output<typeof ContactCompanyRole>;

const role = {
  name: z.string().nullable(),
  role: z.string().nullable(),
  from: z.string().nullable(),
  until: z.string().nullable(),
};

/** A company of a contact. One that ended stays; `primary` is the one of the contact's `companyId`. */
export const ContactCompanyOut = z
  .object({ companyId: z.string(), ...role, primary: z.boolean() })
  .meta({ id: 'ContactCompany' });

/** Somebody with a role in a company; `primary` says that it is the company they are with first of all. */
export const CompanyContactOut = z
  .object({ contactId: z.string(), ...role, primary: z.boolean() })
  .meta({ id: 'CompanyContact' });
