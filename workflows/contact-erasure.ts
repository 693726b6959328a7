import { proxyActivities } from '@temporalio/workflow';
import type { ErasureActivities } from '../workers/activities/erasures.ts';
import { type Watched, watchOver } from './entity.ts';

const { lookAtErasure } = proxyActivities<ErasureActivities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

/** Erases a person (`erasure-<id>`), some seconds at a time, from wherever Postgres says that it stands. Ends when everything is erased. */
export const contactErasure = (erasure: Watched): Promise<void> => watchOver(erasure, lookAtErasure);
