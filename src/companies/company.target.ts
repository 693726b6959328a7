import { parsed } from '../http.ts';
import type { Target } from '../refer.ts';
import { createCompany } from './companies.ts';
import { companyObject } from './company.object.ts';
import { CreateCompany } from './company.schema.ts';

/** A company, as what another record's field points to. */
export const companyTarget: Target = {
  type: companyObject,
  create: async (ctx, values) => (await createCompany(ctx, parsed(CreateCompany, values))).id,
};
