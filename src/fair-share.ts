import { reading, rootCause, rowOf, type Services, systemActor } from './context.ts';
import { SQL } from './database.ts';

const doing = { actor: systemActor, cause: rootCause({ kind: 'job' }) };

/**
 * Has at most so many jobs of one kind of a queue run in this process, one unless said, so that no kind waits for another that has much to
 * do. A job that finds no place is left in its row: whoever has one goes on with it. The kind is what the key begins with, up to its slash.
 */
export function fairShare(
  services: Services,
  atOnce: Readonly<Record<string, number>>,
): (jobId: string, run: Run) => Promise<void> {
  const running = new Map<string, number>();
  return async (jobId, run) => {
    const job = await kindOf(services, jobId);
    if (job === undefined || (running.get(job.kind) ?? 0) >= (atOnce[job.kind] ?? 1)) return;
    running.set(job.kind, (running.get(job.kind) ?? 0) + 1);
    try {
      for (let next: string | undefined = jobId; next !== undefined; next = await nextOf(services, job)) await run(next);
    } finally {
      running.set(job.kind, (running.get(job.kind) ?? 1) - 1);
    }
  };
}

type Run = (jobId: string) => Promise<void>;

interface Kind {
  queue: string;
  kind: string;
}

const kindOf = (services: Services, jobId: string): Promise<Kind | undefined> =>
  reading(services, doing, (ctx) =>
    rowOf<Kind>(ctx, SQL`select queue, split_part(key, '/', 1) as kind from jobs where id = ${jobId}`),
  );

/** The job of a kind that has been due for longest and that nobody is at. */
async function nextOf(services: Services, { queue, kind }: Kind): Promise<string | undefined> {
  const row = await reading(services, doing, (ctx) =>
    rowOf<{ id: string }>(
      ctx,
      SQL`select id from jobs where queue = ${queue} and split_part(key, '/', 1) = ${kind} and failed_at is null and run_at <= now()
            and (held_until is null or held_until < now()) order by run_at limit 1`,
    ),
  );
  return row?.id;
}
