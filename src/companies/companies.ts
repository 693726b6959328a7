import { LockMode } from '@mikro-orm/core';
import type { RawBuilder } from 'kysely';
import { type Context, newId } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { notFound } from '../errors.ts';
import { newExtras, withExtras } from '../fields/values.ts';
import { requireInput } from '../identity/inputs.ts';
import { reachOf, requireCreate, requireReach, visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { contains, listOf, type PageRequest } from '../pages.ts';
import { creation, edit, type RecordSource, type Revision, recordJson, requireVersion } from '../records.ts';
import { columnsOf, type WireColumns } from '../wire.ts';
import { Company } from './company.entity.ts';
import type { CreateCompanyInput, UpdateCompanyInput } from './company.schema.ts';

/** A company on the wire. */
export const companyColumns: WireColumns = columnsOf(
  'companies',
  'id name domain industry employeeCount annualRevenue:text phone website addressLine1 addressLine2 city state postalCode country ownerId customFields tagIds createdAt:instant updatedAt:instant version',
);

const source: RecordSource = { object: 'company', table: 'companies', columns: companyColumns };

/** The JSON of a company. Throws `company_not_found`. */
export const getCompany = (ctx: Context, id: string): Promise<string> => recordJson(ctx, source, id);

/** A page of companies, newest first unless sorted. */
export function listCompanies(
  ctx: Context,
  page: PageRequest & { q?: string | undefined; ownerId?: string | undefined },
): Promise<JsonText> {
  const where = [visible(ctx, 'company', 'companies'), SQL`companies.deleted_at is null`];
  const filters: RawBuilder<unknown>[] = [];
  if (page.q) filters.push(contains('companies.search_text', page.q));
  if (page.ownerId) filters.push(SQL`companies.owner_id = ${page.ownerId}`);
  return listOf(ctx, page, {
    name: `companies_${reachOf(ctx.actor, 'company', 'read')}`,
    columns: companyColumns,
    from: SQL`companies`,
    where,
    filters,
    id: 'companies.id',
    sorts: {
      createdAt: { expression: 'companies.created_at', type: 'timestamptz' },
      name: { expression: 'companies.name collate people', type: 'text' },
    },
    defaultSort: '-createdAt',
  });
}

/** Makes a company, owned by the caller unless told. Throws `company_domain_taken`. */
export async function createCompany(ctx: Context, input: CreateCompanyInput): Promise<Company> {
  const company = new Company();
  const values = {
    ...input,
    domain: hostOf(input.domain),
    ...(await newExtras(ctx, 'company', input)),
    ownerId: input.ownerId === undefined ? ctx.actor.userId : input.ownerId,
  };
  requireCreate(ctx, 'company', values.ownerId);
  await requireInput(ctx, 'company', input);
  Object.assign(company, { ...empty, ...values, id: newId(), createdAt: ctx.now, updatedAt: ctx.now });
  company.refold();
  ctx.em.persist(company);
  emit(ctx, 'company.created', { companyId: company.id, changes: creation(values) });
  return company;
}

const empty = {
  domain: null,
  industry: null,
  employeeCount: null,
  annualRevenue: null,
  phone: null,
  website: null,
  addressLine1: null,
  addressLine2: null,
  city: null,
  state: null,
  postalCode: null,
  country: null,
  customFields: {},
  tagIds: [],
  deletedAt: null,
  version: 1,
};

/** Edits a company. Throws `company_not_found`, `version_mismatch`, `forbidden`, `company_domain_taken`. */
export async function updateCompany(ctx: Context, { id, version }: Revision, patch: UpdateCompanyInput): Promise<Company> {
  const company = await findCompany(ctx, id);
  await requireReach(ctx, { object: 'company', verb: 'edit' }, company);
  requireVersion(company, version);
  await requireInput(ctx, 'company', patch);
  const checked = await withExtras(ctx, 'company', { record: company, patch });
  const given = checked.domain === undefined ? checked : { ...checked, domain: hostOf(checked.domain) };
  const changes = edit(company, given as Partial<Company>, ctx.now);
  company.refold();
  if (Object.keys(changes).length > 0) emit(ctx, 'company.updated', { companyId: id, changes });
  return company;
}

/** Deletes a company; its links stay, and it can be restored. Throws as `updateCompany`. */
export async function deleteCompany(ctx: Context, { id, version }: Revision): Promise<void> {
  const company = await findCompany(ctx, id);
  await requireReach(ctx, { object: 'company', verb: 'delete' }, company);
  requireVersion(company, version);
  edit(company, { deletedAt: ctx.now } as Partial<Company>, ctx.now);
  emit(ctx, 'company.deleted', { companyId: id });
}

async function findCompany(ctx: Context, id: string): Promise<Company> {
  const company = await ctx.em.findOne(Company, { id, deletedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (company === null) throw notFound('company');
  return company;
}

/** Host of what people type for a domain: scheme, www, path and case dropped. */
function hostOf(domain: string | null | undefined): string | null {
  if (!domain) return null;
  return (
    domain
      .trim()
      .toLowerCase()
      .replace(/^[a-z]+:\/\//, '')
      .replace(/^www\./, '')
      .replace(/[/:?#].*$/, '')
      .replace(/\.$/, '') || null
  );
}
