import { buildFieldIndex } from '../../src/fields/field-index.ts';
import type { JobHandler } from '../../src/queues.ts';

/** Long work on many rows: what it is about is named by `kind`. */
export const bulk: JobHandler = async (services, job) => {
  if (job.data.kind === 'custom-field-index') await buildFieldIndex(services, String(job.data.fieldId));
  return undefined;
};
