import { type Context, sql } from '../context.ts';
import { notFound } from '../errors.ts';
import { heldStatement } from '../held-statement.ts';
import type { Fields } from '../objects.ts';
import { prepared } from '../plans.ts';
import { wholeJson } from '../show.ts';
import { snakeCase } from '../wire.ts';
import type { Contact } from './contact.entity.ts';
import { contactObject } from './contact.object.ts';

const written =
  `id companyId firstName lastName email otherEmails phone phoneNormal mobile mobileNormal title department addressLine1 addressLine2 city
  state postalCode country leadSource leadStatus lifecycleStage timeZone doNotEmail unsubscribedAt ownerId customFields tagIds searchText createdAt updatedAt version`.split(
    /\s+/,
  );
const kinds: Record<string, string> = {
  id: 'uuid',
  companyId: 'uuid',
  ownerId: 'uuid',
  doNotEmail: 'boolean',
  customFields: 'jsonb',
  otherEmails: 'text[]',
  tagIds: 'uuid[]',
  unsubscribedAt: 'timestamptz',
  createdAt: 'timestamptz',
  updatedAt: 'timestamptz',
  version: 'int',
};

/**
 * Contact, primary address and the answer in one prepared statement: an insert by the unit of work cost a third of the throughput. `limit 1`
 * would have Postgres walk all addresses in the order of their ids for one that nobody had before.
 */
export const insertContact = heldStatement<{ json: string; freedBy: string | null }>('contact_insert', {
  values: 4,
  ctes: `made as (
     insert into contacts (${written.map(snakeCase).join(', ')})
     select ${written.map((name) => `"${name}"`).join(', ')}
     from jsonb_to_record($1) as (${written.map((name) => `"${name}" ${kinds[name] ?? 'text'}`).join(', ')})
     returning id, email, company_id, wire
   ), address as (
     insert into contact_emails (id, contact_id, address, address_normal, is_primary)
     select $2::uuid, id, email, $3::text, true from made where $3::text is not null returning 1
   )`,
  select: `select ${wholeJson(contactObject, contactObject.fields as Fields)} as json,
     (select (array_agg(contact_id order by id desc))[1] from contact_emails where address_normal = $3::text and not active) as "freedBy",
     case when exists (select 1 from address) then admit_contact($4::bytea) end as admitted
   from made as contacts left join companies on companies.id = contacts.company_id`,
});

/** A contact of which nothing is known. */
export const empty = {
  companyId: null,
  firstName: null,
  lastName: null,
  email: null,
  otherEmails: [],
  phone: null,
  mobile: null,
  title: null,
  department: null,
  addressLine1: null,
  addressLine2: null,
  city: null,
  state: null,
  postalCode: null,
  country: null,
  leadSource: null,
  leadStatus: null,
  lifecycleStage: null,
  timeZone: null,
  doNotEmail: false,
  customFields: {},
  tagIds: [],
  mergedInto: null,
  deletedAt: null,
  version: 1,
};

const edited = written.filter((name) => !['id', 'unsubscribedAt', 'createdAt'].includes(name)); // who made it when, and what SQL alone writes
const read = ['id', ...edited].filter((name) => !['searchText', 'updatedAt'].includes(name)); // what each edit makes anew

/** A contact's row, as an edit takes it and writes it back. */
export type ContactRow = Omit<Contact, 'touch' | 'createdAt' | 'searchText' | 'mergedInto' | 'deletedAt'>;

const lock = prepared<{ contact: ContactRow }>(
  'contact_lock',
  `select row_to_json((select r from (select ${read.map((name) => `${snakeCase(name)} as "${name}"`).join(', ')}) r)) as contact
   from contacts where id = $1 and deleted_at is null for update`,
);

/** The row of a live contact, locked for change; what it is changed to goes out with `saveContact`. Throws `contact_not_found`. */
export async function lockContact(ctx: Context, id: string): Promise<ContactRow> {
  const [row] = await lock(await sql(ctx), [id]);
  if (row === undefined) throw notFound('contact');
  return row.contact;
}

/** Writes an edited contact, given by its id and as JSON, and answers with its own: one prepared statement, where the unit of work has it planned anew. */
export const saveContact = heldStatement<{ json: string }>('contact_save', {
  values: 2,
  ctes: `saved as (
     update contacts set (${edited.map(snakeCase).join(', ')}) = (select ${edited.map((name) => `"${name}"`).join(', ')}
       from jsonb_to_record($2) as (${edited.map((name) => `"${name}" ${kinds[name] ?? 'text'}`).join(', ')}))
     where id = $1 returning id, company_id, wire
   )`,
  select: `select ${wholeJson(contactObject, contactObject.fields as Fields)} as json
   from saved as contacts left join companies on companies.id = contacts.company_id`,
});
