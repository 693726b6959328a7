import { defineEntity, p } from '@mikro-orm/core';
import { normalPhone } from './phone.rules.ts';

const ContactSchema = defineEntity({
  name: 'Contact',
  tableName: 'contacts',
  properties: {
    id: p.uuid().primary(),
    companyId: p.uuid().nullable(),
    firstName: p.text().nullable(),
    lastName: p.text().nullable(),
    email: p.text().nullable(),
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
    searchText: p.text(),
    mergedInto: p.uuid().nullable(),
    deletedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    version: p.integer(),
  },
});

/** A person we deal with. `email` is a copy of the primary row in `contact_emails`. */
export class Contact extends ContactSchema.class {
  /** Brings what is derived from other fields up to date: normalised phones, and what a search looks through. */
  refold(): void {
    this.phoneNormal = normalPhone(this.phone, this.country);
    this.mobileNormal = normalPhone(this.mobile, this.country);
    const parts = [
      this.firstName,
      this.lastName,
      this.email,
      this.phone,
      this.phoneNormal,
      this.mobile,
      this.mobileNormal,
      this.city,
    ];
    this.searchText = parts.filter(Boolean).join(' ').toLowerCase();
  }
}
ContactSchema.setClass(Contact);

export { ContactSchema };
