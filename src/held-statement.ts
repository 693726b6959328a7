import { type Context, type Held, pendingOf, sql } from './context.ts';
import type { Executor } from './database.ts';
import { prepared } from './plans.ts';
import { valuesOf, writingEvents } from './write-events.ts';

/**
 * The one statement of a deed, in two parts, so that the events can be written by the same statement: what it writes (CTEs), and the
 * select that answers.
 */
export interface HeldStatement<Row> {
  alone(db: Executor, values: readonly unknown[]): Promise<Row[]>;
  withEvents(db: Executor, values: readonly unknown[]): Promise<Row[]>;
}

/** A statement that may be held back; `values` is how many `$1`, `$2`, ... it has. */
export function heldStatement<Row>(name: string, { values, ctes, select }: { values: number; ctes: string; select: string }) {
  const statement: HeldStatement<Row> = {
    alone: prepared(name, `with ${ctes} ${select}`),
    withEvents: prepared(`${name}_logged`, `with ${ctes}, ${writingEvents(values + 1)} ${select}`),
  };
  return statement;
}

interface Holding<Row> {
  statement: HeldStatement<Row>;
  values: readonly unknown[];
  /** Says more of a refusal, such as who has the address, when the statement's writes are undone. Throws what the caller is told. */
  explain?: Held['explain'];
}

/**
 * Holds a deed's one statement back. When nothing else is asked of the database, `transact` sends it together with the events as one
 * statement, which is a transaction of its own: one trip instead of two, and neither BEGIN nor COMMIT. Anything else that this
 * transaction sends goes after it. The function returned gives its row: called inside the transaction it sends it at once.
 */
export async function hold<Row>(ctx: Context, { statement, values, explain }: Holding<Row>): Promise<() => Promise<Row>> {
  const pending = pendingOf(ctx);
  if (pending.held !== undefined) await sql(ctx);
  const answer = Promise.withResolvers<Row>();
  answer.promise.catch(() => {}); // whoever sends it hears of the failure; the row may never be asked for
  const held: Held = {
    explain,
    async send(db, now, events) {
      try {
        const [row] =
          events.length === 0
            ? await statement.alone(db, values)
            : await statement.withEvents(db, [...values, ...valuesOf(now, events)]);
        if (row === undefined) throw new Error('a held statement answers with one row');
        answer.resolve(row);
      } catch (error) {
        answer.reject(error);
        throw error;
      }
    },
  };
  pending.held = held;
  return async () => {
    if (pending.held === held) await sql(ctx);
    return answer.promise;
  };
}
