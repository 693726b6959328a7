import { getCompany } from '../companies/companies.ts';
import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, notFound } from '../errors.ts';
import { requireInput } from '../identity/inputs.ts';
import { hiddenFields, requireReach, visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { type Revision, requireVersion } from '../records.ts';
import type { WireColumns } from '../wire.ts';
import type { Contact } from './contact.entity.ts';
import { contactObject } from './contact.object.ts';
import type { ContactCompanyRoleInput } from './contact-company.schema.ts';
import { findContact, getContact } from './contacts.ts';

const companiesAtMost = 100;

/**
 * The JSON of a contact's companies, as far as the caller sees them: the one of `companyId` first, then by when they came. Throws
 * `contact_not_found`.
 */
export async function contactCompaniesJson(ctx: Context, contactId: string): Promise<string> {
  await getContact(ctx, contactId);
  const nothing = '{"data":[],"nextCursor":null}';
  if (hiddenFields(ctx.actor, 'contact').has('companies')) return nothing;
  const name = SQL.raw(hiddenFields(ctx.actor, 'company').has('name') ? 'null' : 'c.name');
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('data', coalesce(json_agg(json_build_object('companyId', c.id, 'name', ${name}, 'role', cc.role, 'from', cc.from_day,
            'until', cc.until_day, 'primary', every.is_primary) order by every.is_primary desc, cc.created_at, c.id), '[]'), 'nextCursor', null)::text as json
        from (
            select company_id, bool_or(is_primary) as is_primary from (
              select company_id, true as is_primary from contacts where id = ${contactId} and company_id is not null
              union all select company_id, false from contact_companies where contact_id = ${contactId}) as one group by company_id
          ) as every
          join companies c on c.id = every.company_id and c.deleted_at is null and c.merged_into is null and ${visible(ctx, 'company', 'c')}
          left join contact_companies cc on cc.contact_id = ${contactId} and cc.company_id = c.id`,
  );
  return row?.json ?? nothing;
}

/** A page of the people who have or had a role in a company, those alone whom the caller sees. Throws `company_not_found`. */
export async function listCompanyContacts(ctx: Context, companyId: string, page: PageRequest): Promise<JsonText> {
  await getCompany(ctx, companyId, { fields: 'id' });
  const hidden = hiddenFields(ctx.actor, 'contact');
  const columns: WireColumns = {
    contactId: ['contacts.id', 'plain'],
    name: [hidden.has('name') ? 'null' : 'contacts.full_name', 'plain'],
    role: ['cc.role', 'plain'],
    from: ['cc.from_day', 'day'],
    until: ['cc.until_day', 'day'],
    primary: ['contacts.company_id is not distinct from cc.company_id', 'plain'],
  };
  return listOf(ctx, page, {
    columns,
    from: SQL`contact_companies cc join contacts on contacts.id = cc.contact_id`,
    where: [
      SQL`cc.company_id = ${companyId}`,
      SQL.raw(hidden.has('companies') ? 'false' : contactObject.live),
      visible(ctx, 'contact', 'contacts'),
    ],
    id: 'cc.contact_id',
    sorts: { contactId: { expression: 'cc.contact_id', type: 'uuid' } },
    defaultSort: 'contactId',
  });
}

/**
 * Says what a contact is or was in a company, beside the one of `companyId` or in that one too. Throws `contact_not_found`,
 * `company_not_found` for one that the caller does not see, `version_mismatch`, `forbidden`, and `too_many_companies`.
 */
export async function putContactCompany(
  ctx: Context,
  revision: Revision,
  { companyId, ...to }: ContactCompanyRoleInput & { companyId: string },
): Promise<void> {
  const contact = await editableContact(ctx, revision);
  await requireInput(ctx, 'contact', { companies: companyId });
  const seen = await rowOf(
    ctx,
    SQL`select 1 from companies where id = ${companyId} and deleted_at is null and merged_into is null and ${visible(ctx, 'company', 'companies')} for key share`,
  );
  if (seen === undefined) throw notFound('company');
  const from = await roleOf(ctx, contact.id, companyId);
  if (JSON.stringify(from) === JSON.stringify(roleIn(to))) return;
  if (from === null) await requireRoom(ctx, contact.id);
  contact.touch(ctx.now);
  await rowsOf(
    ctx,
    SQL`insert into contact_companies (contact_id, company_id, role, from_day, until_day, created_at)
        values (${contact.id}, ${companyId}, ${to.role}, ${to.from}, ${to.until}, ${ctx.now})
        on conflict (contact_id, company_id) do update set role = excluded.role, from_day = excluded.from_day, until_day = excluded.until_day`,
  );
  tell(ctx, contact, { companyId, from, to: roleIn(to) });
}

/** Takes a company off a contact, as if it had never been one of theirs. Throws as `putContactCompany`; `company_not_found` also for none of theirs. */
export async function removeContactCompany(ctx: Context, revision: Revision, companyId: string): Promise<void> {
  const contact = await editableContact(ctx, revision);
  await requireInput(ctx, 'contact', { companies: companyId });
  const seen = await rowOf(ctx, SQL`select 1 from companies where id = ${companyId} and ${visible(ctx, 'company', 'companies')}`);
  const from = seen === undefined ? null : await roleOf(ctx, contact.id, companyId);
  if (from === null) throw notFound('company');
  contact.touch(ctx.now);
  await rowsOf(ctx, SQL`delete from contact_companies where contact_id = ${contact.id} and company_id = ${companyId}`);
  tell(ctx, contact, { companyId, from, to: null });
}

async function editableContact(ctx: Context, { id, version }: Revision): Promise<Contact> {
  const contact = await findContact(ctx, id);
  await requireReach(ctx, { object: 'contact', verb: 'edit' }, contact);
  requireVersion(contact, version);
  return contact;
}

const roleIn = ({ role, from, until }: ContactCompanyRoleInput): ContactCompanyRoleInput => ({ role, from, until });

async function roleOf(ctx: Context, contactId: string, companyId: string): Promise<ContactCompanyRoleInput | null> {
  const row = await rowOf<ContactCompanyRoleInput>(
    ctx,
    SQL`select role, from_day::text as "from", until_day::text as until from contact_companies
        where contact_id = ${contactId} and company_id = ${companyId}`,
  );
  return row === undefined ? null : roleIn(row);
}

async function requireRoom(ctx: Context, contactId: string): Promise<void> {
  const row = await rowOf<{ n: number }>(
    ctx,
    SQL`select count(*)::int as n from contact_companies where contact_id = ${contactId}`,
  );
  if ((row?.n ?? 0) >= companiesAtMost)
    throw conflict('too_many_companies', `A contact has at most ${companiesAtMost} companies with a role.`);
}

interface RoleChange {
  companyId: string;
  from: ContactCompanyRoleInput | null;
  to: ContactCompanyRoleInput | null;
}

const tell = (ctx: Context, contact: Contact, { companyId, from, to }: RoleChange) =>
  emit(ctx, 'contact.updated', { contactId: contact.id, changes: { [`companies.${companyId}`]: { from, to } } });
