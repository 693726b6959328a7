import { failBulkEdit, runBulkEdit } from '../../src/bulk/run-bulk-edit.ts';
import { buildFieldIndex } from '../../src/fields/field-index.ts';
import { isLastAttempt, type JobHandler } from '../../src/queues.ts';

/** Long work on many rows: what it is about is named by `kind`. */
export const bulk: JobHandler = async (services, job) => {
  if (job.data.kind === 'custom-field-index') await buildFieldIndex(services, String(job.data.fieldId));
  if (job.data.kind !== 'bulk-edit') return undefined;
  const id = String(job.data.bulkEditId);
  try {
    await runBulkEdit(services, id);
  } catch (error) {
    if (isLastAttempt(job)) await failBulkEdit(services, id, 'It went wrong again and again; the log of the server says why.');
    throw error;
  }
  return undefined;
};
