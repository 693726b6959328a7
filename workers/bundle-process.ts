import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** Bundles the workflows, or those that the second argument names, into the file that the first one names. */

const [file, workflowsPath = join(import.meta.dirname, '../workflows/index.ts')] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: bundle-process.ts <file> [workflows]');
const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
writeFileSync(file, code);
