import { companyObject } from '../companies/company.object.ts';
import { SQL } from '../database.ts';
import { visible } from '../identity/permissions.ts';
import { userObject } from '../identity/user.object.ts';
import { fieldsOf, nameOf, type ObjectType } from '../objects.ts';
import { normalAddress } from './address.rules.ts';
import { normalPhone } from './phone.rules.ts';

/** Any of a contact's addresses, in its normal form. */
const hasAddress = (address: string) =>
  SQL<boolean>`contacts.id in (select contact_id from contact_emails where address_normal = ${normalAddress(address) ?? ''} and active)`;

const everywhere =
  '(select id as contact_id, company_id from contacts where company_id is not null union all select contact_id, company_id from contact_companies) as everywhere';

const byNameWithin = ['city', 'state', 'title', 'department', 'leadSource'];

/** Contacts as the API knows them, with the name of their company. */
export const contactObject: ObjectType = {
  object: 'contact',
  table: 'contacts',
  live: 'contacts.deleted_at is null and contacts.merged_into is null',
  fields: {
    ...fieldsOf('contacts', 'id:id firstName? lastName?'),
    name: { expression: 'contacts.full_name', type: 'text', nullable: false, sorted: 'contacts.full_name collate people' },
    email: { expression: 'contacts.email', type: 'text', nullable: true, equals: hasAddress },
    ...fieldsOf(
      'contacts',
      `otherEmails:other phone?! mobile?! title? department? addressLine1?! addressLine2?! city? state? postalCode? country? leadSource? leadStatus?
       lifecycleStage? timeZone?! doNotEmail!:boolean unsubscribedAt?!:instant bouncedAt?!:instant companyId?!:id`,
    ),
    /** Any of their companies, former ones too: their own, and those with a role. */
    anyCompanyId: {
      expression: 'contacts.company_id',
      type: 'id',
      nullable: true,
      sorted: null,
      unseen: true,
      through: { column: 'contacts.id', from: everywhere, id: 'everywhere.contact_id', expression: 'everywhere.company_id' },
    },
    companyName: nameOf('company', 'contacts.company_id', { table: 'companies', expression: 'companies.name' }),
    ...fieldsOf(
      'contacts',
      'ownerId?!:user customFields:other tagIds!:ids lastContactedAt?:instant nextActivityAt?:instant createdAt:instant updatedAt:instant version!:number',
    ),
  },
  stored: 'contacts.wire',
  joins: {
    company: (ctx) => SQL`left join companies on companies.id = contacts.company_id and ${visible(ctx, 'company', 'companies')}`,
  },
  relations: {
    company: { type: () => companyObject, column: 'contacts.company_id', field: 'companyId' },
    owner: { type: () => userObject, column: 'contacts.owner_id', field: 'ownerId' },
  },
  search: {
    firstName: 'contacts.first_name',
    lastName: 'contacts.last_name',
    email: 'contacts.email',
    otherEmails: "array_to_string(contacts.other_emails, ' ')",
    phone: 'search_number(contacts.phone_normal, contacts.phone)',
    mobile: 'search_number(contacts.mobile_normal, contacts.mobile)',
    title: 'contacts.title',
    department: 'contacts.department',
    city: 'contacts.city',
    customFields: 'search_values(contacts.custom_fields)',
  },
  defaultSort: '-createdAt',
  narrowed: { by: ['lifecycleStage', 'leadStatus', 'ownerId'], sorts: ['name', 'lastName'] },
  within: { name: byNameWithin, lastName: ['city', 'state'], createdAt: ['city', 'state'] },
  ties: { by: 'name', of: byNameWithin },
  match: {
    email: { normal: normalAddress, having: hasAddress },
    phone: {
      normal: (phone) => normalPhone(phone, null),
      having: (phone) => SQL<boolean>`(contacts.phone_normal = ${phone} or contacts.mobile_normal = ${phone})`,
    },
  },
};
