import {
  attempt,
  type Context,
  causedBy,
  newId,
  rootCause,
  rowOf,
  rowsOf,
  type Services,
  sql,
  systemActor,
  transact,
} from './context.ts';
import { SQL } from './database.ts';
import { dueAgain, park, parkedKeys, unpark } from './dead-letters.ts';
import { isUnavailable } from './errors.ts';
import type { EventType } from './events.ts';
import { headOf, type LogEvent, readLog } from './log.ts';
import { type Loop, startLoop } from './loop.ts';
import { prepared } from './plans.ts';
import type { Step } from './sequencer.ts';

interface ConsumerBase {
  name: string;
  /** Event types it wants; null for all. Filtered in SQL. */
  types: readonly EventType[] | null;
  /** Whether it takes events of origin `history` too. */
  history: boolean;
}

/** Effects are rows: they are written in the transaction that moves the cursor, so each event has them exactly once. */
export interface RowConsumer extends ConsumerBase {
  kind: 'rows';
  /** Asked once for a batch: the ids of the events that there may be something to do for. All of them when left out. */
  relevant?(ctx: Context, events: readonly LogEvent[]): Promise<ReadonlySet<string>>;
  handle(ctx: Context, event: LogEvent): Promise<void>;
}

/**
 * Effects are in an engine: at least once, so the call must be idempotent. It gets all events of one record in a batch at once;
 * `unavailable` stops this consumer until the engine is back and counts no attempt.
 */
export interface EngineConsumer extends ConsumerBase {
  kind: 'engine';
  /** The keys under which an event is handed on, when those are not its record alone: all events of one key in a batch come at once. */
  keysOf?(event: LogEvent): string[];
  handle(services: Services, events: readonly LogEvent[], key: string): Promise<void>;
}

export type Consumer = RowConsumer | EngineConsumer;

const doing = { actor: systemActor, cause: rootCause({ kind: 'relay' }) };
const rowBatchSize = 100;
const engineBatchSize = 500;
const recordsInFlight = 32;
const leaseSeconds = 10;
const idleMs = 1_000;
/**
 * Under load a round takes what has gathered in this time; alone, an event is handed on at once. A round asks the same of the database whether
 * it has one event or fifty: at 40 ms the relay took 29 % of the CPU of a stream of creates, at 100 ms 19 %.
 */
const gapMs = 100;

/** Hands the log on to one consumer. Any number of processes may run the same one: whoever has its row works. */
export function startConsumer(services: Services, consumer: Consumer, step: Step = () => {}): Loop {
  const me = newId();
  /** Up to here all is handled or not wanted, as far as this process knows; the row in `consumers` may lag behind it by a second. */
  let seen = -1;
  let cursorAt = Number.NEGATIVE_INFINITY;
  const loop = startLoop({
    async round() {
      if (performance.now() - cursorAt < idleMs) {
        const page = await readLog(services.db.reads, { ...consumer, after: seen, limit: 1 });
        if (page.events.length === 0) {
          seen = page.scannedTo;
          return false;
        }
      }
      cursorAt = performance.now();
      const done =
        consumer.kind === 'rows' ? await rowRound(services, consumer, step) : await engineRound(services, consumer, { me, step });
      // Another process has it: what is there now is its concern, and a second from now we ask again.
      seen = done.position < 0 ? await headOf(services.db.reads) : done.position;
      return done.more;
    },
    idleMs,
    gapMs,
    log: services.log.child({ consumer: consumer.name }),
  });
  return {
    poke: loop.poke,
    async stop() {
      await loop.stop();
      if (consumer.kind === 'engine') await giveUp(services, consumer, me);
    },
  };
}

/** Gives up the lease, so that the next process need not wait until it runs out. */
const giveUp = (services: Services, consumer: EngineConsumer, me: string) =>
  transact(services, doing, (ctx) =>
    rowsOf(ctx, SQL`update consumers set holder = null, held_until = null where name = ${consumer.name} and holder = ${me}`),
  ).catch((error: unknown) => services.log.warn({ err: error, consumer: consumer.name }, 'lease is left to run out'));

/** Makes the consumers' rows, at the head of the log, where a migration has not made them already. */
export async function registerConsumers(services: Services, consumers: readonly Consumer[]): Promise<void> {
  const names = consumers.map((consumer) => consumer.name);
  await transact(services, doing, (ctx) =>
    rowsOf(
      ctx,
      SQL`insert into consumers (name, position)
      select name, (select position from log_head) from unnest(${names}::text[]) as name on conflict (name) do nothing`,
    ),
  );
}

/** What a round came to: the cursor after it, -1 when another process has it, and whether there may be more at once. */
interface Done {
  position: number;
  more: boolean;
}

const elsewhere: Done = { position: -1, more: false };

/** A batch is handled as it is; when something in it fails, once more with a savepoint around each event, so that only that one is parked. */
async function rowRound(services: Services, consumer: RowConsumer, step: Step): Promise<Done> {
  try {
    return await rowBatch(services, consumer, { step, handle: (ctx, event) => consumer.handle(ctx, event) });
  } catch (error) {
    if (isUnavailable(error)) throw error;
    return rowBatch(services, consumer, {
      step,
      handle: (ctx, event) => attempt(ctx, (inner) => consumer.handle(inner, event)),
      parks: true,
    });
  }
}

interface RowHandling {
  step: Step;
  handle(ctx: Context, event: LogEvent): Promise<void>;
  /** Whether an event that fails is parked; else the batch fails. */
  parks?: boolean;
}

/** One transaction: lock the cursor, handle the batch and what is due again, move the cursor. */
async function rowBatch(services: Services, consumer: RowConsumer, handling: RowHandling): Promise<Done> {
  const { step } = handling;
  const done = await transact(services, doing, async (ctx) => {
    const [cursor] = await lockCursor(await sql(ctx), [consumer.name]);
    if (cursor === undefined) return undefined;
    step(`${consumer.name}:locked`);
    const drained = await drainRows(ctx, consumer, handling);
    const batch = await readLog(await sql(ctx), { ...consumer, after: cursor.position, limit: rowBatchSize });
    const parked = await parkedKeys(ctx, consumer.name, batch.events);
    const relevant = batch.events.length === 0 ? undefined : await consumer.relevant?.(ctx, batch.events);
    for (const event of batch.events) {
      if (relevant?.has(event.id) === false) continue;
      const error = parked.has(event.recordId) ? 'behind an earlier event' : await handleRow(ctx, handling, event);
      if (error === undefined) continue;
      parked.add(event.recordId);
      await park(ctx, consumer.name, { event, error });
    }
    step(`${consumer.name}:handled`);
    if (batch.scannedTo > cursor.position) await moveCursor(ctx, consumer, batch.scannedTo);
    return { position: batch.scannedTo, more: batch.events.length === rowBatchSize || drained > 0 };
  });
  if (done !== undefined) step(`${consumer.name}:committed`);
  return done ?? elsewhere;
}

/** Handles one event. Returns the error that parks it; throws `unavailable`, and any error of a batch that does not park. */
async function handleRow(ctx: Context, handling: RowHandling, event: LogEvent): Promise<unknown> {
  try {
    await handling.handle({ ...ctx, cause: causedBy(event, { kind: 'relay' }) }, event);
    return undefined;
  } catch (error) {
    if (isUnavailable(error) || handling.parks !== true) throw error;
    ctx.log.warn({ err: error, eventId: event.id }, 'event is parked');
    return error;
  }
}

async function drainRows(ctx: Context, consumer: RowConsumer, handling: RowHandling): Promise<number> {
  const due = await dueAgain(ctx, consumer.name);
  for (const event of due) {
    const error = await handleRow(ctx, handling, event);
    if (error === undefined) await unpark(ctx, consumer.name, event);
    else await park(ctx, consumer.name, { event, error });
  }
  return due.length;
}

interface Holder {
  me: string;
  step: Step;
}

/**
 * Takes the lease, calls the engine outside any transaction, 32 records at a time and in order within each, then moves the cursor in
 * one transaction that checks the lease again.
 */
async function engineRound(services: Services, consumer: EngineConsumer, { me, step }: Holder): Promise<Done> {
  const taken = await transact(services, doing, async (ctx) => {
    const cursor = await rowOf<{ position: number }>(
      ctx,
      SQL`update consumers set holder = ${me}, held_until = now() + make_interval(secs => ${leaseSeconds})
          where name = ${consumer.name} and (holder = ${me} or held_until is null or held_until < now())
          returning position::float8 as position, ${SQL.raw(lazily)}`,
    );
    if (cursor === undefined) return undefined;
    const batch = await readLog(await sql(ctx), { ...consumer, after: cursor.position, limit: engineBatchSize });
    return { cursor, batch, due: await dueAgain(ctx, consumer.name), parked: await parkedKeys(ctx, consumer.name, batch.events) };
  });
  if (taken === undefined) return elsewhere;
  step(`${consumer.name}:locked`);
  const { cursor, batch, due, parked } = taken;
  const behind = batch.events.filter((event) => parked.has(event.recordId));
  const failures = await handOn(services, consumer, [...batch.events.filter((event) => !parked.has(event.recordId)), ...due]);
  step(`${consumer.name}:handled`);
  await transact(services, doing, async (ctx) => {
    const held = await rowOf(
      ctx,
      SQL`select ${SQL.raw(lazily)} from consumers where name = ${consumer.name} and holder = ${me} for update`,
    );
    if (held === undefined) return; // another process took over and does the batch again: the calls are idempotent
    for (const event of due) if (!failures.has(event.recordId)) await unpark(ctx, consumer.name, event);
    for (const { event, error } of failures.values()) await park(ctx, consumer.name, { event, error });
    for (const event of behind) await park(ctx, consumer.name, { event, error: 'behind an earlier event' });
    if (batch.scannedTo > cursor.position) await moveCursor(ctx, consumer, batch.scannedTo);
  });
  step(`${consumer.name}:committed`);
  return { position: batch.scannedTo, more: batch.events.length === engineBatchSize || due.length > 0 };
}

function groupsOf(consumer: EngineConsumer, events: readonly LogEvent[]): [key: string, events: LogEvent[]][] {
  const groups = new Map<string, LogEvent[]>();
  for (const event of events) {
    for (const key of consumer.keysOf?.(event) ?? [event.recordId]) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [event]);
      else group.push(event);
    }
  }
  return [...groups];
}

/** What could not be handed on, by record. A key's batch fails as one, and parks its last event: the call carries no state. */
type Failures = Map<string, { event: LogEvent; error: unknown }>;

async function handOn(services: Services, consumer: EngineConsumer, all: readonly LogEvent[]): Promise<Failures> {
  const failures: Failures = new Map();
  const queue = groupsOf(consumer, all);
  let outage: unknown;
  const worker = async () => {
    for (let group = queue.shift(); group !== undefined && outage === undefined; group = queue.shift()) {
      const [key, events] = group;
      const last = events.at(-1) as LogEvent; // groups are never empty
      try {
        await consumer.handle(services, events, key);
      } catch (error) {
        if (isUnavailable(error)) outage = error;
        else failures.set(last.recordId, { event: last, error });
      }
    }
  };
  await Promise.all(Array.from({ length: recordsInFlight }, worker));
  if (outage !== undefined) throw outage;
  return failures;
}

/**
 * Lets the transaction's commit not wait for the disk. Should Postgres crash, the cursor is lost together with its effects, and the batch
 * is done again; what acts on such a row outside the database has committed its own claim before, which waits for both. Without this the
 * consumers queue up for the disk with the writers whose events they handle.
 */
const lazily = `set_config('synchronous_commit', 'off', true)`;

/**
 * Has the transaction's statements planned along indexes: what a consumer keeps may well be empty when its statements are planned, and a plan
 * that reads the whole of it stays while it fills, until Postgres counts anew.
 */
const byIndexes = `set_config('enable_seqscan', 'off', true)`;

const lockCursor = prepared<{ position: number }>(
  'consumer_lock',
  `select position::float8 as position, ${lazily}, ${byIndexes} from consumers where name = $1 for update skip locked`,
);

const setCursor = prepared('consumer_move', 'update consumers set position = $1, updated_at = now() where name = $2');

const moveCursor = async (ctx: Context, consumer: Consumer, position: number) =>
  setCursor(await sql(ctx), [position, consumer.name]);
