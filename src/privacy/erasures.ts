import { normalAddress } from '../contacts/address.rules.ts';
import { rememberErased } from '../contacts/erased-addresses.ts';
import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { ownSide } from '../email/correspondents.ts';
import { lockMailStore } from '../email/save-messages.ts';
import { emit } from '../emit.ts';
import { notFound } from '../errors.ts';
import { visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { runJson } from '../runs.ts';
import { columnsOf, jsonOf } from '../wire.ts';
import { type Known, namesOf } from './mentions.rules.ts';
import { dropExportsOf } from './personal-exports.ts';
import { isOfPerson } from './preview.ts';
import { standInForPurged } from './stand-ins.ts';

const columns = columnsOf('erasures', 'id contactId state step counts requestedBy requestedAt:instant finishedAt:instant');

/** The receipt of an erasure. Throws `erasure_not_found`. */
export async function getErasure(ctx: Context, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(columns))}::text as json from erasures where id = ${id} and ${visible(ctx, 'erasure', 'erasures')}`,
  );
  if (row === undefined) throw notFound('erasure');
  return row.json;
}

/** The receipt with its run. Throws `erasure_not_found`. */
export async function getErasureWithRun(ctx: Context, id: string): Promise<string> {
  const receipt = await getErasure(ctx, id);
  return `${receipt.slice(0, -1)},"run":${await runJson(ctx, 'erasure', id)}}`;
}

/** A page of receipts, newest first. */
export const listErasures = (ctx: Context, page: PageRequest): Promise<JsonText> =>
  listOf(ctx, page, {
    columns,
    from: SQL`erasures`,
    where: [visible(ctx, 'erasure', 'erasures')],
    id: 'erasures.id',
    sorts: { requestedAt: { expression: 'erasures.requested_at', type: 'timestamptz' } },
    defaultSort: '-requestedAt',
  });

/** Where what a running erasure looks for is sealed. */
export const subjectPlace = (id: string) => ['erasures', id, 'subject'] as const;

/**
 * Begins to erase a person, live, deleted or purged, with what else is the same person (`isOfPerson`). The contact itself is empty and gone with this transaction, and
 * nothing links to it any more; a run does the rest. A second call is of the same erasure, and wakes it. Returns its id. Throws
 * `contact_not_found`.
 */
export async function eraseContact(ctx: Context, contactId: string, also: AlsoTheirs = nothing): Promise<string> {
  await lockMailStore(ctx);
  await standInForPurged(ctx, contactId);
  const people = await rowsOf<Person>(
    ctx,
    SQL`select id, first_name as "firstName", last_name as "lastName", email, phone, phone_normal as "phoneNormal", mobile,
          mobile_normal as "mobileNormal", erased_at as "erasedAt", deleted_at as "deletedAt" from contacts
        where (${isOfPerson(contactId)} or id = any(${also.contactIds}::uuid[])) and ${visible(ctx, 'contact', 'contacts')} order by id for update`,
  );
  const person = people.find(({ id }) => id === contactId);
  if (person === undefined) throw notFound('contact');
  if (person.erasedAt !== null) return again(ctx, contactId);
  const id = newId();
  const known = await knownOf(ctx, people, also.addresses);
  const subject = ctx.ports.secrets.seal(JSON.stringify(known), subjectPlace(id));
  const contents = await dropExportsOf(ctx, known.ids);
  await rowsOf(
    ctx,
    SQL`insert into erasures (id, contact_id, state, step, subject, contents, requested_by, requested_at, updated_at)
        values (${id}, ${contactId}, 'running', 'messages', ${subject}, ${contents}::text[], ${ctx.actor.userId}, ${ctx.now}, ${ctx.now})`,
  );
  await rememberErased(ctx, id, [...new Set(known.addresses.flatMap((address) => normalAddress(address) ?? []))]);
  await emptyContacts(ctx, known.ids);
  if (person.deletedAt === null) emit(ctx, 'contact.deleted', { contactId });
  emit(ctx, 'erasure.requested', { erasureId: id, contactId });
  return id;
}

/** What is known to be of the same person besides. */
interface AlsoTheirs {
  contactIds: readonly string[];
  addresses: readonly string[];
}
const nothing: AlsoTheirs = { contactIds: [], addresses: [] };

interface Person {
  id: string;
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  phone: string | null;
  phoneNormal: string | null;
  mobile: string | null;
  mobileNormal: string | null;
  erasedAt: string | null;
  deletedAt: string | null;
}

/** Asked for again: the receipt there is; a run that has failed begins anew. */
async function again(ctx: Context, contactId: string): Promise<string> {
  const row = await rowOf<{ id: string; state: string }>(
    ctx,
    SQL`select id, state from erasures where contact_id = ${contactId}`,
  );
  if (row === undefined) throw notFound('contact');
  if (row.state === 'running') emit(ctx, 'erasure.requested', { erasureId: row.id, contactId });
  return row.id;
}

/** What they are known by, also from before: earlier names, addresses and numbers stand in the log, and others on their mail. */
async function knownOf(ctx: Context, people: readonly Person[], also: readonly string[]): Promise<Known> {
  const ids = people.map(({ id }) => id);
  const before = await rowsOf<{ field: string; value: string }>(
    ctx,
    SQL`select 'email' as field, address as value from contact_emails where contact_id = any(${ids})
        union select 'email', address_normal from message_participants where contact_id = any(${ids})
        union select 'email', address from events,
            jsonb_array_elements_text(jsonb_path_query_array(events.data->'changes'->'otherEmails', '$.*[*]')) as address
          where events.record_id = any(${ids}) and events.data->'changes' ? 'otherEmails' and address is not null
        union select change.key, side.value from events, jsonb_each(events.data->'changes') as change, jsonb_each_text(change.value) as side
          where events.record_id = any(${ids}) and change.key in ('email', 'phone', 'mobile', 'firstName', 'lastName') and jsonb_typeof(change.value) = 'object'
            and side.value is not null`,
  );
  const typed = [...also, ...people.flatMap(({ email }) => email ?? []), ...valuesOf(before, ['email'])];
  const { addresses: ours } = await ownSide(ctx); // a colleague may be a contact: our mailboxes are not theirs to be emptied
  const addresses = typed
    .flatMap((address) => [address, normalAddress(address) ?? address])
    .filter((one) => !ours.has(one.toLowerCase()));
  const numbers = people.flatMap(({ phone, phoneNormal, mobile, mobileNormal }) => [phone, phoneNormal, mobile, mobileNormal]);
  const phones = [...numbers, ...valuesOf(before, ['phone', 'mobile'])].filter((number) => number !== null);
  const firstNames = [...people.flatMap(({ firstName }) => firstName ?? []), ...valuesOf(before, ['firstName'])];
  const lastNames = [...people.flatMap(({ lastName }) => lastName ?? []), ...valuesOf(before, ['lastName'])];
  const names = few(firstNames).flatMap((firstName) => few(lastNames).flatMap((lastName) => namesOf(firstName, lastName)));
  return { ids, addresses: [...new Set(addresses)], phones: [...new Set(phones)], names: [...new Set(names)] };
}

/** So many of somebody's first or last names are looked for, those of now before those of earlier. */
const namesAtMost = 20;
const few = (names: readonly string[]): string[] => [...new Set(names)].slice(0, namesAtMost);

const valuesOf = (rows: readonly { field: string; value: string }[], fields: readonly string[]): string[] =>
  rows.filter(({ field }) => fields.includes(field)).map(({ value }) => value);

/** Company, owner and where they stood stay for the totals; the name is for those who look at a deal of theirs. */
async function emptyContacts(ctx: Context, ids: readonly string[]): Promise<void> {
  await rowsOf(ctx, SQL`delete from contact_emails where contact_id = any(${ids})`);
  await rowsOf(ctx, SQL`delete from external_ids where object = 'contact' and record_id = any(${ids})`);
  await rowsOf(ctx, SQL`delete from contact_companies where contact_id = any(${ids})`);
  await rowsOf(ctx, SQL`delete from consents where contact_id = any(${ids})`);
  await rowsOf(ctx, SQL`delete from record_shares where object = 'contact' and record_id = any(${ids})`);
  await rowsOf(ctx, SQL`delete from duplicate_keys where record_id = any(${ids})`);
  await rowsOf(ctx, SQL`delete from duplicate_pairs where one_id = any(${ids}) or other_id = any(${ids})`);
  await rowsOf(
    ctx,
    SQL`update contacts set first_name = null, last_name = 'Erased contact', email = null, other_emails = '{}', phone = null, phone_normal = null, mobile = null,
          mobile_normal = null, title = null, department = null, address_line1 = null, address_line2 = null, city = null, state = null,
          postal_code = null, country = null, time_zone = null, bounced_at = null, do_not_email = true, custom_fields = '{}', tag_ids = '{}', search_text = '',
          deleted_at = coalesce(deleted_at, ${ctx.now}), erased_at = ${ctx.now}, updated_at = ${ctx.now}, version = version + 1
        where id = any(${ids})`,
  );
}
