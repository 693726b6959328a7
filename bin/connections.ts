import { queueNames } from '../src/ports.ts';
import { poolSizeOf, type Role, roles } from './roles.ts';

/** Postgres connections beyond the pool: one to hear the log, in each process. */
const live = 1;
/** All queues of a process share a pool; a worker has two and its LISTEN. */
const queues = 4;
const perWorker = 3;

/** The most Postgres connections that one process with these roles opens, its queues being in Postgres too. */
export function connectionBudget(played: readonly Role[] = roles): number {
  const sequencer = played.includes('relay') ? 1 : 0;
  const workers = played.includes('jobs') ? queueNames.length * perWorker : 0;
  return poolSizeOf(played) + live + sequencer + queues + workers;
}
