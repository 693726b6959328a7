import { LockMode } from '@mikro-orm/core';
import { type Context, entities, newId } from '../context.ts';
import { emit } from '../emit.ts';
import { notFound } from '../errors.ts';
import { newExtras, withExtras } from '../fields/values.ts';
import { type Restorable, releaseNames, restorable, withNames, writeNames } from '../held-names.ts';
import { parsed } from '../http.ts';
import { requireInput, requirePatch } from '../identity/inputs.ts';
import { requireCreate, requireHandOver, requireReach } from '../identity/permissions.ts';
import { userTarget } from '../identity/user.target.ts';
import { readRecord } from '../lists.ts';
import { creation, edit, type Revision, requireVersion } from '../records.ts';
import { refer, type Target } from '../refer.ts';
import type { Selection } from '../show.ts';
import { Company } from './company.entity.ts';
import { companyObject } from './company.object.ts';
import { CreateCompany, type CreateCompanyInput, type UpdateCompanyInput } from './company.schema.ts';
import { domains } from './domains.ts';
import { holdParents, requireParent } from './parents.ts';

/** The JSON of a company. Throws `company_not_found`. */
export const getCompany = (ctx: Context, id: string, selection?: Selection): Promise<string> =>
  readRecord(ctx, companyObject, { id, selection });

/**
 * Makes a company, owned by the caller unless told, and returns its id with the deleted one that had its domain and may be restored.
 * Throws `company_domain_taken`, which names the company that has it, `invalid_domain` and `reference_not_found`.
 */
export async function createCompany(
  ctx: Context,
  given: CreateCompanyInput,
): Promise<{ id: string; restorable: Restorable | undefined }> {
  const input = await refer(ctx, given, targets);
  const company = new Company();
  const values = {
    ...withNames(domains, {}, input),
    ...(await newExtras(ctx, 'company', input)),
    ownerId: input.ownerId === undefined ? ctx.actor.userId : input.ownerId,
  };
  requireCreate(ctx, 'company', values.ownerId);
  await requireInput(ctx, 'company', input);
  if (values.parentId) await requireParent(ctx, undefined, values.parentId);
  Object.assign(company, { ...empty, ...values, id: newId(), createdAt: ctx.now, updatedAt: ctx.now });
  company.refold();
  (await entities(ctx)).persist(company);
  emit(ctx, 'company.created', { companyId: company.id, changes: creation(values) });
  const freedBy = await writeNames(ctx, domains, namesIn(company));
  return { id: company.id, restorable: freedBy === null ? undefined : await restorable(ctx, domains, freedBy) };
}

/** A company, as what another record's field points to. */
export const companyTarget: Target = {
  type: companyObject,
  create: async (ctx, values) => (await createCompany(ctx, parsed(CreateCompany, values))).id,
};

const targets = { parentId: companyTarget, ownerId: userTarget };

const namesIn = ({ id, domain, otherDomains }: Company) => ({ id, primary: domain ?? null, others: otherDomains });

const empty = {
  domain: null,
  otherDomains: [],
  parentId: null,
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

/** Edits a company. Throws `company_not_found`, `version_mismatch`, `forbidden`, `company_cycle`, and as `createCompany`. */
export async function updateCompany(ctx: Context, { id, version }: Revision, patch: UpdateCompanyInput): Promise<Company> {
  if (patch.parentId) await holdParents(ctx);
  const company = await findCompany(ctx, id);
  await requireReach(ctx, { object: 'company', verb: 'edit' }, company);
  requireVersion(company, version);
  const referred = await refer(ctx, patch, targets);
  await requirePatch(ctx, 'company', { record: company, patch: referred });
  requireHandOver(ctx, 'company', { from: company.ownerId ?? null, to: referred.ownerId });
  const checked = await withExtras(ctx, 'company', { record: company, patch: referred });
  const changes = edit(company, withNames(domains, company, checked) as Partial<Company>, ctx.now);
  if (changes.parentId && company.parentId) await requireParent(ctx, id, company.parentId);
  company.refold();
  if (changes.domain || changes.otherDomains) await writeNames(ctx, domains, namesIn(company));
  if (Object.keys(changes).length > 0) emit(ctx, 'company.updated', { companyId: id, changes });
  return company;
}

/** Deletes a company: its domains are free again, its links stay, and it can be restored. Throws as `updateCompany`. */
export async function deleteCompany(ctx: Context, { id, version }: Revision): Promise<void> {
  const company = await findCompany(ctx, id);
  await requireReach(ctx, { object: 'company', verb: 'delete' }, company);
  requireVersion(company, version);
  edit(company, { deletedAt: ctx.now } as Partial<Company>, ctx.now);
  await releaseNames(ctx, domains, id);
  emit(ctx, 'company.deleted', { companyId: id });
}

async function findCompany(ctx: Context, id: string): Promise<Company> {
  const company = await (await entities(ctx)).findOne(Company, { id, deletedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (company === null) throw notFound('company');
  return company;
}
