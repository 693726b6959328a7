import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** Bundles the workflows into the file that the argument names. */

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: bundle-process.ts <file>');
const workflowsPath = join(import.meta.dirname, '../workflows/index.ts');
const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
writeFileSync(file, code);
