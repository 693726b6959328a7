import { z } from 'zod';
import { Country, WebAddress } from '../iso.schema.ts';
import { CustomFields, referenceTo, UserReference } from '../match.schema.ts';
import { TagIds } from '../tags/tag.schema.ts';
import { Id, label, Money, optionalText, Restorable } from '../wire.ts';

/** A postal address, spread over a record's own fields. */
export const addressFields = {
  addressLine1: optionalText(200),
  addressLine2: optionalText(200),
  city: optionalText(100),
  state: optionalText(100),
  postalCode: optionalText(20),
  country: Country,
};

const fields = {
  domain: optionalText(2_000),
  otherDomains: z.array(label(2_000)).max(100),
  industry: optionalText(100),
  employeeCount: z.int().min(0).max(2_000_000_000).nullable(),
  annualRevenue: Money.nullable(),
  phone: optionalText(50),
  website: WebAddress,
  ...addressFields,
  ownerId: UserReference.nullable(),
  customFields: CustomFields,
  tagIds: TagIds,
};

/** What a company is made of when one that is told by a match is not there. */
export const NewCompany = z
  .strictObject({ name: label(300), ...z.object({ ...fields, parentId: Id.nullable() }).partial().shape })
  .meta({ id: 'NewCompany' });

const parentId = referenceTo(NewCompany).nullable();

/** A new company; only its name is required. */
export const CreateCompany = z.strictObject({ name: label(300), ...z.object({ ...fields, parentId }).partial().shape });
export type CreateCompanyInput = z.output<typeof CreateCompany>;

/** Changes of a company; null clears a field. */
export const UpdateCompany = z.strictObject({ name: label(300), ...fields, parentId }).partial();
export type UpdateCompanyInput = z.output<typeof UpdateCompany>;

/** A company on the wire. */
export const CompanyOut = z
  .object({
    id: z.string(),
    name: z.string(),
    domain: z.string().nullable(),
    otherDomains: z.array(z.string()),
    industry: z.string().nullable(),
    employeeCount: z.int().nullable(),
    annualRevenue: z.string().nullable(),
    phone: z.string().nullable(),
    website: z.string().nullable(),
    addressLine1: z.string().nullable(),
    addressLine2: z.string().nullable(),
    city: z.string().nullable(),
    state: z.string().nullable(),
    postalCode: z.string().nullable(),
    country: z.string().nullable(),
    parentId: z.string().nullable(),
    ownerId: z.string().nullable(),
    customFields: z.record(z.string(), z.unknown()),
    tagIds: z.array(z.string()),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'Company' });

/** A new company, and the deleted one that had a domain of it, for who may restore it. */
export const CreatedCompany = CompanyOut.extend({ restorable: Restorable.optional() });
