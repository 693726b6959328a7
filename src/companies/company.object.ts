import { SQL } from '../database.ts';
import { userObject } from '../identity/user.object.ts';
import { fieldsOf, type ObjectType } from '../objects.ts';
import { hostOf } from './domain.rules.ts';

/** Companies as the API knows them. */
export const companyObject: ObjectType = {
  object: 'company',
  table: 'companies',
  live: 'companies.deleted_at is null and companies.merged_into is null',
  fields: {
    ...fieldsOf('companies', 'id:id'),
    name: { expression: 'companies.name', type: 'text', nullable: false, sorted: 'companies.name collate people' },
    ...fieldsOf(
      'companies',
      `domain? industry? employeeCount?:number annualRevenue?:money phone?! website?! addressLine1?! addressLine2?! city? state?
       postalCode? country? ownerId?!:user customFields:other tagIds!:ids createdAt:instant updatedAt:instant version!:number`,
    ),
  },
  joins: {},
  relations: { owner: { type: () => userObject, column: 'companies.owner_id', field: 'ownerId' } },
  search: {
    name: 'companies.name',
    domain: 'companies.domain',
    website: 'companies.website',
    industry: 'companies.industry',
    city: 'companies.city',
    phone: 'search_number(null, companies.phone)',
    customFields: 'search_values(companies.custom_fields)',
  },
  defaultSort: '-createdAt',
  match: { domain: { normal: hostOf, having: (domain) => SQL<boolean>`companies.domain = ${domain}` } },
};
