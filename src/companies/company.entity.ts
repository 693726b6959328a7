import { defineEntity, p } from '@mikro-orm/core';

const CompanySchema = defineEntity({
  name: 'Company',
  tableName: 'companies',
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    domain: p.text().nullable(),
    otherDomains: p.array(),
    parentId: p.uuid().nullable(),
    industry: p.text().nullable(),
    employeeCount: p.integer().nullable(),
    annualRevenue: p.text().nullable().columnType('numeric(15,2)'),
    phone: p.text().nullable(),
    website: p.text().nullable(),
    addressLine1: p.text().nullable().name('address_line1'),
    addressLine2: p.text().nullable().name('address_line2'),
    city: p.text().nullable(),
    state: p.text().nullable(),
    postalCode: p.text().nullable(),
    country: p.text().nullable(),
    ownerId: p.uuid().nullable(),
    customFields: p.json<Record<string, unknown>>(),
    tagIds: p.array().columnType('uuid[]'),
    searchText: p.text().lazy(), // written, never read; and so a select names its columns rather than take the search vector too
    deletedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    version: p.integer(),
  },
});

/** A company that contacts work for and deals are made with. `domain` and `otherDomains` are copies of its rows in `company_domains`. */
export class Company extends CompanySchema.class {
  /** Folds what a search looks through. */
  refold(): void {
    this.searchText = [this.name, this.domain, ...this.otherDomains, this.city].filter(Boolean).join(' ').toLowerCase();
  }
}
CompanySchema.setClass(Company);

export { CompanySchema };
