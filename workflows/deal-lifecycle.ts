import { proxyActivities } from '@temporalio/workflow';
import type { DealActivities } from '../workers/activities/deals.ts';
import { type Watched, watchOver } from './entity.ts';

const { lookAtDeal } = proxyActivities<DealActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

/** The clock of an open deal (`deal-<id>`): it rots when nothing happens for too long. Ends when the deal is closed or deleted. */
export const dealLifecycle = (deal: Watched): Promise<void> => watchOver(deal, lookAtDeal);
