import { SQL } from '../database.ts';
import { userObject } from '../identity/user.object.ts';
import { fieldsOf, type ObjectType } from '../objects.ts';
import { hostOf } from './domain.rules.ts';

/** Any of a company's domains. */
const hasDomain = (domain: string) =>
  SQL<boolean>`companies.id in (select company_id from company_domains where company_domains.domain = ${domain} and active)`;

/** Companies as the API knows them. */
export const companyObject: ObjectType = {
  object: 'company',
  table: 'companies',
  live: 'companies.deleted_at is null and companies.merged_into is null',
  fields: {
    ...fieldsOf('companies', 'id:id'),
    name: { expression: 'companies.name', type: 'text', nullable: false, sorted: 'companies.name collate people' },
    domain: { expression: 'companies.domain', type: 'text', nullable: true, equals: (domain) => hasDomain(hostOf(domain) ?? '') },
    ...fieldsOf(
      'companies',
      `otherDomains:other industry? employeeCount?:number annualRevenue?:money phone?! website?! addressLine1?! addressLine2?! city? state?
       postalCode? country? parentId?!:id ownerId?!:user customFields:other tagIds!:ids createdAt:instant updatedAt:instant version!:number`,
    ),
  },
  joins: {},
  relations: {
    owner: { type: () => userObject, column: 'companies.owner_id', field: 'ownerId' },
    parent: { type: () => companyObject, column: 'companies.parent_id', field: 'parentId' },
  },
  search: {
    name: 'companies.name',
    domain: 'companies.domain',
    otherDomains: "array_to_string(companies.other_domains, ' ')",
    website: 'companies.website',
    industry: 'companies.industry',
    city: 'companies.city',
    phone: 'search_number(null, companies.phone)',
    customFields: 'search_values(companies.custom_fields)',
  },
  defaultSort: '-createdAt',
  narrowed: { by: ['industry', 'ownerId'], sorts: ['name'] },
  match: { domain: { normal: hostOf, having: hasDomain } },
};
