import { provision } from './provision.ts';

/** For `.ci/run` alone: a Postgres 15 beside the embedded one, where the distribution has it. */

const missing = await provision(['postgresql-15'], (line) => console.log(line));
for (const { engine, remedy } of missing) console.log(`${engine}: ${remedy}`);
