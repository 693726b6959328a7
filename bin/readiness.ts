import { type Database, kyselyOf, pendingMigrations, SQL } from '../src/database.ts';
import type { Readiness } from '../src/health.routes.ts';
import type { Queues } from '../src/queues.ts';
import type { RunsClient } from '../workers/runs.ts';
import type { Role } from './roles.ts';

export interface Checked {
  db: Database;
  queues: Queues;
  runs: RunsClient;
  temporal: { address(): string | undefined; state(): string };
  roles: readonly Role[];
}

const timeLimitMs = 3_000;

/** State of every engine that these roles need. Workflows that are still being prepared do not make the hub unready: it works without. */
export async function readinessOf({ db, queues, runs, temporal, roles }: Checked): Promise<Readiness> {
  const engines: Record<string, string> = {
    database: await stateOf(() => SQL`select 1`.execute(kyselyOf(db.orm.em.fork()))),
  };
  if (engines.database === 'ok') engines.migrations = await stateOf(() => refuseWhenPending(db));
  if (roles.includes('jobs') || roles.includes('api')) engines.queues = await stateOf(() => queues.check());
  const ready = Object.values(engines).every((state) => state === 'ok');
  engines.workflows = temporal.address() === undefined ? temporal.state() : await stateOf(() => runs.check());
  return { ready: ready && (engines.workflows === 'ok' || !onlyWorkflows(roles)), engines };
}

const onlyWorkflows = (roles: readonly Role[]): boolean => roles.length === 1 && roles[0] === 'workflows';

async function refuseWhenPending(db: Database): Promise<void> {
  const pending = await pendingMigrations(db);
  if (pending.length > 0) throw new Error(`waiting for migrations (${pending.length} to go): run "throughline migrate"`);
}

async function stateOf(check: () => Promise<unknown>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('does not answer')), timeLimitMs);
  });
  try {
    await Promise.race([check(), late]);
    return 'ok';
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] || 'cannot be reached' : 'cannot be reached';
  } finally {
    clearTimeout(timer);
  }
}
