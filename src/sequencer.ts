import type pg from 'pg';
import type { Logger } from 'pino';
import type { Database } from './database.ts';
import { type Loop, startLoop } from './loop.ts';

/** Called at each step of the relay's loops; for tracing, and for the tests that kill a process there. */
export type Step = (step: string) => void;

export interface SequencerOptions {
  db: Database;
  log: Logger;
  /** Told the new head after each batch that was committed. */
  onBatch(head: number): void;
  step?: Step | undefined;
}

const pollMs = 25;
const gapMs = 20;
const batchSize = 2_000;

/**
 * Starts the sequencer, which gives committed events their gap-free position. Any number of processes may run one: each batch is one
 * transaction that begins by locking the head, and that row lock is the whole of leadership. It ends with a NOTIFY on `log`.
 * Events of one record are in true order, since their `seq` was drawn while the record was locked.
 */
export function startSequencer(options: SequencerOptions): Loop {
  let client: pg.Client | undefined;
  const close = async () => {
    const closing = client;
    client = undefined;
    await closing?.end().catch(() => {});
  };
  const loop = startLoop({
    async round() {
      client ??= await options.db.connect('throughline-sequencer', planning);
      return (await sequence(client, options)) === batchSize;
    },
    idleMs: pollMs,
    gapMs,
    log: options.log,
    recover: close,
  });
  return {
    poke: loop.poke,
    async stop() {
      await loop.stop();
      await close();
    },
  };
}

/** Sequences one batch; returns how many events it held, 0 also when another process has the lead. */
async function sequence(client: pg.Client, { onBatch, step = () => {} }: SequencerOptions): Promise<number> {
  const any = await client.query({ name: 'seq_waiting', text: waiting });
  if (any.rowCount === 0) return 0;
  await client.query('begin');
  step('sequencer:began');
  const head = await client.query<{ position: string }>({
    name: 'seq_lock',
    text: 'select position from log_head for update skip locked',
  });
  const position = head.rows[0]?.position;
  if (position === undefined) {
    await client.query('rollback');
    return 0;
  }
  step('sequencer:locked');
  const moved = await client.query<{ count: number }>({ name: 'seq_move', text: move, values: [position, batchSize] });
  const count = moved.rows[0]?.count ?? 0;
  step('sequencer:moved');
  await client.query('commit');
  step('sequencer:committed');
  onBatch(Number(position) + count);
  return count;
}

export const waiting = 'select 1 from events where position is null limit 1';

/**
 * How Postgres plans here: along the index of events without a position, whatever its statistics say of their number. That is none as a rule,
 * and a million after an outage: believing the former, it compared each event of a batch with each that waits, 18 s for 2,000 of 15,000.
 */
export const planning = '-c enable_nestloop=off -c enable_hashjoin=off -c enable_seqscan=off -c jit=off';

/**
 * Places the batch, moves the head, and tells who listens, in one statement. The rows are found again by the index of those without a
 * position: no other has `seq` in front.
 */
export const move = `with placed as (
    update events set position = $1::bigint + batch.n
    from (select seq, row_number() over (order by seq) as n
          from (select seq from events where position is null order by seq limit $2) as waiting) as batch
    where events.seq = batch.seq and events.position is null returning 1
  ), counted as (
    select count(*)::int as count from placed
  ), head as (
    update log_head set position = $1::bigint + counted.count from counted returning position, counted.count
  )
  select count, pg_notify('log', position::text) from head`;
