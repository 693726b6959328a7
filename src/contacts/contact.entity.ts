import { defineEntity, p } from '@mikro-orm/core';

const ContactSchema = defineEntity({
  name: 'Contact',
  tableName: 'contacts',
  properties: {
    id: p.uuid().primary(),
    companyId: p.uuid().nullable(),
    firstName: p.text().nullable(),
    lastName: p.text().nullable(),
    email: p.text().nullable(),
    otherEmails: p.array(),
    phone: p.text().nullable(),
    phoneNormal: p.text().nullable(),
    mobile: p.text().nullable(),
    mobileNormal: p.text().nullable(),
    title: p.text().nullable(),
    department: p.text().nullable(),
    addressLine1: p.text().nullable().name('address_line1'),
    addressLine2: p.text().nullable().name('address_line2'),
    city: p.text().nullable(),
    state: p.text().nullable(),
    postalCode: p.text().nullable(),
    country: p.text().nullable(),
    leadSource: p.text().nullable(),
    leadStatus: p.text().nullable(),
    lifecycleStage: p.text().nullable(),
    timeZone: p.text().nullable(),
    doNotEmail: p.boolean(),
    ownerId: p.uuid().nullable(),
    customFields: p.json<Record<string, unknown>>(),
    tagIds: p.array().columnType('uuid[]'),
    searchText: p.text().lazy(), // written, never read; and so a select names its columns rather than take the search vector too
    mergedInto: p.uuid().nullable(),
    deletedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    version: p.integer(),
  },
});

/** A person we deal with. `email` and `otherEmails` are copies of its rows in `contact_emails`. */
export class Contact extends ContactSchema.class {
  /** Counts one edit. */
  touch(now: Date): void {
    this.updatedAt = now;
    this.version += 1;
  }
}
ContactSchema.setClass(Contact);

export { ContactSchema };
