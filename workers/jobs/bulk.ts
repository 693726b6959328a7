import { countWhatCame } from '../../src/activities/freshness.ts';
import { failBulkEdit, forgetBulkEdits, runBulkEdit } from '../../src/bulk/run-bulk-edit.ts';
import type { Services } from '../../src/context.ts';
import { purgeDeleted } from '../../src/deletion/purge.ts';
import { buildFieldIndex } from '../../src/fields/field-index.ts';
import { sweepFiles } from '../../src/files/files.ts';
import { forgetExports } from '../../src/privacy/personal-exports.ts';
import { failExport, runExport } from '../../src/privacy/run-personal-export.ts';
import { isLastAttempt, type Job, type JobHandler } from '../../src/queues.ts';

/** Long work on many rows: what it is about is named by `kind`. */
export const bulk: JobHandler = async (services, job) => {
  if (job.data.kind === 'custom-field-index') await buildFieldIndex(services, String(job.data.fieldId));
  if (job.data.kind === 'files-sweep') return sweep(services);
  if (job.data.kind === 'purge-deleted') return purge(services);
  if (job.data.kind === 'bulk-edit')
    await toTheEnd(services, job, { id: job.data.bulkEditId, run: runBulkEdit, fail: failBulkEdit });
  if (job.data.kind === 'personal-export')
    await toTheEnd(services, job, { id: job.data.exportId, run: runExport, fail: failExport });
  return undefined;
};

interface Run {
  id: unknown;
  run(services: Services, id: string): Promise<void>;
  fail(services: Services, id: string, message: string): Promise<unknown>;
}

async function toTheEnd(services: Services, job: Job, { id, run, fail }: Run): Promise<void> {
  try {
    await run(services, String(id));
  } catch (error) {
    if (isLastAttempt(job)) await fail(services, String(id), 'It went wrong again and again; the log of the server says why.');
    throw error;
  }
}

const sweepEveryMs = 3_600_000;

/** What is seen to once an hour: a job that is always asked for again. */
async function sweep(services: Services): Promise<{ againAt: Date }> {
  for (const [what, see] of [
    ['contacts by what has come meanwhile', countWhatCame],
    ['stored files', sweepFiles],
    ['old bulk edits', forgetBulkEdits],
    ['personal exports', forgetExports],
  ] as const) {
    await see(services).catch((error: unknown) => services.log.warn({ err: error }, `${what}: not seen to`));
  }
  return { againAt: new Date(services.now().getTime() + sweepEveryMs) };
}

const purgeOnMs = 5_000;

/** Always asked for again as well: soon while there is more to delete. */
async function purge(services: Services): Promise<{ againAt: Date }> {
  const more = await purgeDeleted(services).catch((error: unknown) => {
    services.log.warn({ err: error }, 'deleted records were not purged');
    return false;
  });
  return { againAt: new Date(services.now().getTime() + (more ? purgeOnMs : sweepEveryMs)) };
}
