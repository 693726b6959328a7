import { LockMode } from '@mikro-orm/core';
import { type Context, entities, newId } from '../context.ts';
import { emit } from '../emit.ts';
import { notFound } from '../errors.ts';
import { newExtras, withExtras } from '../fields/values.ts';
import { requireInput } from '../identity/inputs.ts';
import { requireCreate, requireReach } from '../identity/permissions.ts';
import { readRecord } from '../lists.ts';
import type { Selection } from '../objects.ts';
import { creation, edit, type Revision, requireVersion } from '../records.ts';
import { Company } from './company.entity.ts';
import { companyObject } from './company.object.ts';
import type { CreateCompanyInput, UpdateCompanyInput } from './company.schema.ts';
import { hostOf } from './domain.rules.ts';

/** The JSON of a company. Throws `company_not_found`. */
export const getCompany = (ctx: Context, id: string, selection?: Selection): Promise<string> =>
  readRecord(ctx, companyObject, { id, selection });

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
  (await entities(ctx)).persist(company);
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
  const company = await (await entities(ctx)).findOne(Company, { id, deletedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (company === null) throw notFound('company');
  return company;
}
