import { type Context, newId, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { creation } from '../records.ts';
import { foldContact } from './contact.rules.ts';
import { erasedAmong } from './erased-addresses.ts';

/** Somebody to be made a contact because they were met. `address` is in its normal form. */
export interface MetPerson {
  address: string;
  firstName: string | null;
  lastName: string | null;
  ownerId: string;
  leadSource: string;
  /** Domain of their company; a company that has it becomes theirs. */
  companyDomain: string | null;
}

/**
 * Makes contacts of people whose address nobody has, with one statement for all, and an event each. Returns the addresses that were
 * free; an address that is taken meanwhile by somebody else makes no second contact, and one of a person who was erased makes none.
 */
export async function meetPeople(ctx: Context, met: readonly MetPerson[]): Promise<string[]> {
  const erased = await erasedAmong(
    ctx,
    met.map(({ address }) => address),
  );
  const people = met.filter(({ address }) => !erased.has(address));
  if (people.length === 0) return [];
  const rows = people.map((person) => ({
    ...person,
    id: newId(),
    email_id: newId(),
    search_text: foldContact({ ...person, email: person.address }).searchText,
  }));
  const made = await rowsOf<{ id: string; address: string; companyId: string | null }>(
    ctx,
    SQL`with given as (
          select * from json_to_recordset(${JSON.stringify(rows)}::json) as g (id uuid, email_id uuid, address text, "firstName" text,
            "lastName" text, "ownerId" uuid, "leadSource" text, "companyDomain" text, search_text text)
        ), free as (
          insert into contact_emails (id, contact_id, address, address_normal, is_primary)
          select email_id, id, address, address, true from given order by address
          on conflict (address_normal) where active do nothing returning contact_id
        )
        insert into contacts (id, company_id, first_name, last_name, email, lead_source, owner_id, search_text, created_at, updated_at)
        select given.id, held.company_id, "firstName", "lastName", address, "leadSource", "ownerId", given.search_text, ${ctx.now}, ${ctx.now}
        from given join free on free.contact_id = given.id
          left join company_domains held on held.domain = given."companyDomain" and held.active
        returning id, email as address, company_id as "companyId"`,
  );
  const byAddress = new Map(people.map((person) => [person.address, person]));
  for (const { id, address, companyId } of made) {
    const { firstName, lastName, ownerId, leadSource } = byAddress.get(address) ?? {};
    emit(ctx, 'contact.created', {
      contactId: id,
      changes: creation({ firstName, lastName, email: address, leadSource, ownerId, companyId }),
    });
  }
  return made.map((contact) => contact.address);
}
