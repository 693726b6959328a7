import { createCompany } from '../companies/companies.ts';
import { normalAddress } from '../contacts/address.rules.ts';
import type { UpdateContactInput } from '../contacts/contact.schema.ts';
import { createContact, updateContact } from '../contacts/contacts.ts';
import { normalPhone } from '../contacts/phone.rules.ts';
import { attempt, type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { AppError } from '../errors.ts';
import { countryCode } from '../iso.schema.ts';
import type { MappingOutput } from './mapping.rules.ts';

type MappedContact = NonNullable<MappingOutput['contact']>;

/**
 * The contact that a payload speaks of: the one who has the address, else the one with the phone and no other address, else a new one.
 * Only what the payload says is changed. Two payloads at once end in one contact. Returns its id. Throws `contact_erased`.
 */
export async function upsertContact(ctx: Context, mapped: MappedContact): Promise<string> {
  const { companyName, ...given } = { ...mapped, country: mapped.country && (countryCode(mapped.country) ?? mapped.country) };
  const companyId = companyName === undefined ? undefined : await companyOf(ctx, companyName);
  const values = { ...given, ...(companyId === undefined ? {} : { companyId }) };
  const found = await findContact(ctx, mapped);
  if (found !== undefined) return change(ctx, found, values);
  try {
    return (await attempt(ctx, (inner) => createContact(inner, values))).id;
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'contact_email_taken')) throw error;
    const other = await findContact(ctx, mapped); // somebody else has made it in this very moment
    if (other === undefined) throw error;
    return change(ctx, other, values);
  }
}

interface Found {
  id: string;
  email: string | null;
}

async function change(ctx: Context, found: Found, values: UpdateContactInput): Promise<string> {
  const { email, ...others } = values;
  // The address it was found by may be its second one, or be spelled in another case: the first one stays.
  await updateContact(ctx, { id: found.id }, found.email === null && email ? { ...others, email } : others);
  return found.id;
}

async function findContact(ctx: Context, mapped: MappedContact): Promise<Found | undefined> {
  if (mapped.email !== undefined) {
    const address = normalAddress(mapped.email);
    const byAddress = await rowOf<Found>(
      ctx,
      SQL`select contacts.id, contacts.email from contact_emails join contacts on contacts.id = contact_emails.contact_id
          where contact_emails.address_normal = ${address} and contact_emails.active and contacts.deleted_at is null and contacts.merged_into is null`,
    );
    if (byAddress !== undefined) return byAddress;
  }
  const phones = [mapped.phone, mapped.mobile]
    .map((phone) => normalPhone(phone, mapped.country))
    .filter((phone) => phone !== null);
  if (phones.length === 0) return undefined;
  await holdName(ctx, `phone ${phones[0]}`);
  const hasAddress = mapped.email !== undefined;
  return rowOf<Found>(
    ctx,
    SQL`select id, email from contacts where (phone_normal = any(${phones}) or mobile_normal = any(${phones}))
          and deleted_at is null and merged_into is null and (not ${hasAddress} or email is null)
        order by created_at, id limit 1`,
  );
}

async function companyOf(ctx: Context, name: string): Promise<string> {
  await holdName(ctx, `company ${name.toLowerCase()}`);
  const known = await rowOf<{ id: string }>(
    ctx,
    SQL`select id from companies where lower(name) = lower(${name}) and deleted_at is null order by created_at, id limit 1`,
  );
  return known?.id ?? (await createCompany(ctx, { name })).id;
}

/** Two transactions that look for the same name wait for each other, so that only one of them makes it. */
const holdName = (ctx: Context, name: string) =>
  rowsOf(ctx, SQL`select pg_advisory_xact_lock(hashtextextended(${`webhook ${name}`}, 0))`);
