import { parsed } from '../http.ts';
import type { Target } from '../refer.ts';
import { dealObject } from './deal.object.ts';
import { CreateDeal } from './deal.schema.ts';
import { createDeal } from './deals.ts';

/** A deal, as what another record's field points to. */
export const dealTarget: Target = {
  type: dealObject,
  create: async (ctx, values) => (await createDeal(ctx, parsed(CreateDeal, values))).id,
};
