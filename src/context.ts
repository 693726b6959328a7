import type { EntityManager } from '@mikro-orm/postgresql';
import type { RawBuilder } from 'kysely';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { Config } from './config.ts';
import { type Database, type Executor, kyselyOf, rowsFrom, SQL } from './database.ts';
import { AppError, fromDatabase, sqlState } from './errors.ts';
import { isStalePlan } from './pg-client.ts';
import { rowsPlanned, rowsPrepared, type Statement } from './plans.ts';
import type { Ports, QueueName } from './ports.ts';
import { type PendingEvent, writeEvents } from './write-events.ts';

/** Who acts. `grants` is what their role (and key) allows; system actors may do everything. */
export interface Actor {
  kind: 'user' | 'key' | 'automation' | 'integration' | 'import' | 'merge' | 'system';
  id: string | null;
  /** The user on whose behalf it acts, for `own` and for ownership of what is created. */
  userId: string | null;
  grants: Grants;
}

export type Verb = 'create' | 'read' | 'edit' | 'delete';
export type Reach = 'none' | 'own' | 'team' | 'all';

/** What an actor's role (and key) allows. Remembered with the caller. */
export interface Grants {
  /** Per object the reach of each verb; `*` stands for every object that is not named. */
  permissions: Record<string, Partial<Record<Verb, Reach>>>;
  capabilities: readonly string[];
  /** Per object the fields that the role does not see, or may not write. */
  fields?: Record<string, Record<string, FieldAccess>>;
  /** The users whose records `team` reaches: the actor, and the members of their teams and of those below. */
  members?: readonly string[];
  /** The teams through which records are shared with the actor: theirs, and those above. */
  teams?: readonly string[];
}

export type FieldAccess = 'hidden' | 'readonly';

/** What led here: the event or receipt that caused this, the root of the chain, and whether it is news or the past. */
export interface Cause {
  causeId: string | null;
  correlationId: string;
  origin: 'live' | 'history';
  /** Which door it came through, with the request's facts for the audit. */
  door: { kind: 'http' | 'job' | 'workflow' | 'relay' | 'cli'; requestId?: string; address?: string; userAgent?: string };
}

/** The first argument of every deed: all it needs, and nothing global. Entities come through `entities(ctx)`, SQL through `sql(ctx)`. */
export interface Context {
  readonly actor: Actor;
  readonly now: Date;
  readonly log: Logger;
  readonly cause: Cause;
  readonly ports: Ports;
  readonly config: Config;
  /** The pool, for reads outside the transaction; slices use `sql(ctx)`. */
  readonly reads: Executor;
  /** What this transaction will add to the log and the queues; absent on a context that only reads. */
  readonly pending?: Pending;
}

/** Gathered by deeds, written by `transact`. */
export interface Pending {
  events: PendingEvent[];
  wakes: { queue: QueueName; jobId: string; runAt: Date }[];
  /** A statement that goes out before anything else does, and with the events when nothing else does: see `hold`. */
  held?: Held | undefined;
  /** What the statement that was held and failed has to say of it. */
  explain?: Held['explain'];
  /** The unit of work, once something was asked of the database. */
  em?: Promise<EntityManager>;
  begin(): Promise<EntityManager>;
  /** Whether it was committed: from then on its context reads. */
  over?: boolean;
}

/** A statement that a transaction holds back. */
export interface Held {
  /** Sends it; with the events, when there are any. Rejects as the statement does. */
  send(db: Executor, now: Date, events: readonly PendingEvent[]): Promise<void>;
  /** Says more of a refusal, such as who has the address, when the statement's writes are undone. Throws what the caller is told. */
  explain?: ((ctx: Context, refusal: AppError) => Promise<never>) | undefined;
}

/** The process-wide things that doors hold. Made in `bin/`, by hand in tests. */
export interface Services {
  db: Database;
  ports: Ports;
  config: Config;
  log: Logger;
  /** The clock; tests may set it. */
  now(): Date;
}

/** What a door knows of one piece of work. */
export interface Doing {
  actor: Actor;
  cause: Cause;
  log?: Logger;
}

/** Ids are UUID version 7, made here. */
export const newId = (): string => uuidv7();

/** Everything is allowed: the hub's own work (consumers, sync, workflows). */
export const systemActor: Actor = {
  kind: 'system',
  id: null,
  userId: null,
  grants: { permissions: { '*': { create: 'all', read: 'all', edit: 'all', delete: 'all' } }, capabilities: ['*'] },
};

/** The cause of work that an event set off: it is in that event's chain, and as live or historic as it was. */
export const causedBy = (
  event: { id: string; correlationId: string; origin: 'live' | 'history' },
  door: Cause['door'],
): Cause => ({ causeId: event.id, correlationId: event.correlationId, origin: event.origin, door });

/** The cause of work that nothing set off but its door. */
export function rootCause(door: Cause['door'], origin: Cause['origin'] = 'live'): Cause {
  let id: string | undefined;
  return {
    causeId: null,
    /** Made when something is written: what only reads needs none. */
    get correlationId() {
      id ??= newId();
      return id;
    },
    origin,
    door,
  };
}

const retries = 3;
const retried = new Set(['40001', '40P01', '0A000', '26000']);

/**
 * Runs `work` in one transaction: a new context per attempt, the work, a flush, one prepared statement for the gathered events and system
 * activities, commit. It begins with the first thing that is asked of the database; a single statement is a transaction of its own.
 * Serialisation failures, deadlocks and stale plans are tried again, three times. After the commit the process is told and the queues are
 * woken. Database refusals come out as `AppError`s.
 */
export async function transact<T>(services: Services, doing: Doing, work: (ctx: Context) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(services, doing, work);
    } catch (error) {
      if (attempt > retries || !retried.has(sqlState(error) ?? '')) throw fromDatabase(error);
      (doing.log ?? services.log).warn({ attempt, sqlState: sqlState(error) }, 'transaction is tried again');
    }
  }
}

async function once<T>(services: Services, doing: Doing, work: (ctx: Context) => Promise<T>): Promise<T> {
  const pending: Pending = { events: [], wakes: [], begin: () => begun(services.db.orm.em.fork()) };
  const ctx = { ...contextOf(services, doing), pending };
  let result: T;
  try {
    result = await work(ctx);
    await write(services, ctx, pending);
    pending.over = true;
  } catch (error) {
    const em = await pending.em;
    await em?.rollback().catch((lost: unknown) => ctx.log.warn({ err: lost }, 'rollback did not reach the database'));
    throw await explained(contextOf(services, doing), pending, error);
  }
  if (pending.events.length > 0) services.ports.commits.committed(pending.events);
  for (const wake of pending.wakes) services.ports.queues.wake(wake.queue, wake.jobId, wake.runAt);
  return result;
}

async function begun(em: EntityManager): Promise<EntityManager> {
  await em.begin();
  return em;
}

/** Writes what was gathered, and commits. */
async function write({ db }: Services, { now }: Context, pending: Pending): Promise<void> {
  const send = (executor: Executor) =>
    takeHeld(pending)?.send(executor, now, pending.events) ?? writeEvents(executor, now, pending.events);
  const em = await pending.em;
  if (em === undefined) return send(db.reads);
  await em.flush();
  const transaction = em.getTransactionContext();
  // Sent together; when the first cannot be written, Postgres answers the commit with a rollback. em.commit() would flush once more.
  await Promise.all([send(kyselyOf(em)), em.getConnection().commit(transaction)]);
}

function takeHeld(pending: Pending): Held | undefined {
  const { held } = pending;
  if (held !== undefined) Object.assign(pending, { held: undefined, explain: held.explain });
  return held;
}

/** An error as the caller is to be told it, where the statement that failed has more to say of it. */
async function explained(ctx: Context, { explain }: Pending, thrown: unknown): Promise<unknown> {
  const error = fromDatabase(thrown);
  if (explain === undefined || !(error instanceof AppError)) return thrown;
  return explain(ctx, error).catch((told: unknown) => told);
}

function contextOf(services: Services, doing: Doing): Context {
  const { ports, config, db } = services;
  const log = doing.log ?? services.log;
  return { actor: doing.actor, now: services.now(), log, cause: doing.cause, ports, config, reads: db.reads };
}

/** A context for reading: a fork of its own and no transaction. Database refusals come out as `AppError`s; stale plans are tried again. */
export async function reading<T>(services: Services, doing: Doing, work: (ctx: Context) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(contextOf(services, doing));
    } catch (error) {
      if (attempt > retries || !isStalePlan(error)) throw fromDatabase(error);
    }
  }
}

/**
 * The only nested form: runs a deed under a savepoint. When it fails, its rows, its events and its unit of work are as if it had
 * never begun, and the error comes out; the enclosing transaction goes on.
 */
export async function attempt<T>(ctx: Context, deed: (ctx: Context) => Promise<T>): Promise<T> {
  const pending = pendingOf(ctx);
  const db = await sql(ctx);
  const marks = { events: pending.events.length, wakes: pending.wakes.length };
  await rowsFrom(db, SQL`savepoint attempt`);
  try {
    const result = await deed(ctx);
    await rowsFrom(await sql(ctx), SQL`release savepoint attempt`);
    return result;
  } catch (error) {
    pending.events.length = marks.events;
    pending.wakes.length = marks.wakes;
    pending.held = undefined;
    (await pending.em)?.clear();
    await rowsFrom(db, SQL`rollback to savepoint attempt`);
    const told = fromDatabase(await explained(ctx, pending, error));
    pending.explain = undefined;
    throw told;
  }
}

/** The transaction's unit of work, which `sql` flushes. What was held back has gone out before it is given. */
export async function entities(ctx: Context): Promise<EntityManager> {
  const pending = pendingOf(ctx);
  pending.em ??= pending.begin();
  const em = await pending.em;
  await takeHeld(pending)?.send(kyselyOf(em), ctx.now, []);
  pending.explain = undefined;
  return em;
}

/** The transaction's Kysely after a flush of the unit of work, or the pool's on a reading context. All SQL of slices goes through it. */
export async function sql(ctx: Context): Promise<Executor> {
  if (ctx.pending === undefined || ctx.pending.over) return ctx.reads;
  const em = await entities(ctx);
  await em.flush();
  return kyselyOf(em);
}

/**
 * The connection for what the process remembers and seldom asks for: the transaction's own once it has begun, since to hold one while waiting
 * for another is how a pool locks up; the pool's before, so that nothing is begun for it.
 */
export async function aside({ pending, reads }: Context): Promise<Executor> {
  const em = pending === undefined || pending.over ? undefined : await pending.em;
  return em === undefined ? reads : kyselyOf(em);
}

/** Rows of a statement written with the `SQL` tag. */
export const rowsOf = async <Row>(ctx: Context, statement: RawBuilder<Row>): Promise<Row[]> =>
  rowsFrom(await sql(ctx), statement);

/** The first row of a statement, if there is one. */
export const rowOf = async <Row>(ctx: Context, statement: RawBuilder<Row>): Promise<Row | undefined> =>
  (await rowsOf(ctx, statement))[0];

/** Rows of a statement that is one of few texts, planned once per connection under `name`. */
export const rowsOfNamed = async <Row>(ctx: Context, name: string, statement: Statement<Row>): Promise<Row[]> =>
  rowsPrepared(await sql(ctx), name, statement);

/** Rows of a statement that a caller shaped, with a plan of its own when it is asked often: see `rowsPlanned`. */
export const rowsOfPlanned = async <Row>(ctx: Context, statement: Statement<Row>): Promise<Row[]> =>
  rowsPlanned(await sql(ctx), statement, ctx.now);

/** The gathered writes of a transaction. Throws on a context that only reads: a deed was called outside `transact`. */
export function pendingOf(ctx: Context): Pending {
  if (ctx.pending === undefined || ctx.pending.over) throw new Error('This deed writes; call it inside transact().');
  return ctx.pending;
}
