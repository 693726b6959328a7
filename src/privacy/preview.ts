import { type Context, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { ownSide } from '../email/correspondents.ts';
import { notFound } from '../errors.ts';
import { visible } from '../identity/permissions.ts';

/** What an erasure would take away, by kind, and what concerns others too. */
export interface ErasurePreview {
  contactId: string;
  name: string;
  erased: Record<string, number>;
  kept: Record<string, number>;
}

/** What erasing a contact would do now; a deleted one can be erased too. Throws `contact_not_found`. */
export async function previewErasure(ctx: Context, contactId: string): Promise<ErasurePreview> {
  const { addresses: ours } = await ownSide(ctx);
  const row = await rowOf<ErasurePreview>(
    ctx,
    SQL`with people as (
          select id from contacts where ${isOfPerson(contactId)} and erased_at is null
        ), mails as (
          select message_id as id, ${onlyAmong('message_participants', 'message_id')} as alone from (
            select message_id from message_participants where contact_id in (select id from people)
            union select message_id from message_participants p join contact_emails e on e.address_normal = p.address_normal
              where e.contact_id in (select id from people) and e.address_normal <> all(${[...ours]}::text[])) as one
        ), entries as (
          select activity_id as id, ${onlyAmong('activity_links', 'activity_id')} as alone from (
            select distinct activity_id from activity_links where contact_id in (select id from people)) as one
        ), work as (
          select id from tasks where contact_id in (select id from people)
        )
        select contacts.id as "contactId", contacts.full_name as name, json_build_object(
            'addresses', (select count(distinct address_normal) from contact_emails where contact_id in (select id from people)),
            'messages', (select count(*) from mails where alone), 'activities', (select count(*) from entries where alone),
            'tasks', (select count(*) from work),
            'files', (select count(*) from files where record_id in (
              select id from people union all select id from work union all select id from entries where alone)),
            'changes', (select count(*) from events where record_id in (select id from people))) as erased,
          json_build_object('messages', (select count(*) from mails where not alone),
            'activities', (select count(*) from entries where not alone),
            'deals', (select count(*) from deals where contact_id in (select id from people))) as kept
        from contacts where contacts.id = ${contactId} and contacts.erased_at is null and contacts.merged_into is null
          and ${visible(ctx, 'contact', 'contacts')}`,
  );
  if (row === undefined) throw notFound('contact');
  return row;
}

/** Condition of the contacts that are one person: this one, those merged into it, and deleted ones with an address of its own. */
export const isOfPerson = (contactId: string) =>
  SQL<boolean>`(contacts.id = ${contactId} or contacts.merged_into = ${contactId} or (contacts.deleted_at is not null and contacts.id in (
    select other.contact_id from contact_emails mine join contact_emails other on other.address_normal = mine.address_normal and not other.active
    where mine.contact_id = ${contactId})))`;

/** Whether no other contact has a part in it. */
const onlyAmong = (table: string, key: string) =>
  SQL`not exists (select 1 from ${SQL.ref(table)} other where ${SQL.ref(`other.${key}`)} = ${SQL.ref(`one.${key}`)}
        and other.contact_id is not null and other.contact_id not in (select id from people))`;
