import pg from 'pg';
import { sqlState } from './errors.ts';

/** Whether an error says that a prepared statement is stale, so that the same work may be tried again. */
export const isStalePlan = (error: unknown): boolean => ['0A000', '26000'].includes(sqlState(error) ?? '');

/**
 * The client of the pool, in pipeline mode, which saves a transaction two trips to the server:
 * - BEGIN waits for the transaction's first statement and travels with it; a transaction without one is not begun at all.
 * - What is sent in one turn of the event loop, such as the last statement and COMMIT, goes out in one write.
 *
 * It gives up its connection when a prepared statement has gone stale there: 0A000 (a table changed under the plan), 26000 (the statement
 * is unknown, as behind some poolers). The work is retried on another connection by `transact`.
 */
export class PipelinedClient extends pg.Client {
  #begin = false;
  #corked = false;

  // biome-ignore lint/suspicious/noExplicitAny: pg overloads query six ways; this looks at the text alone and hands everything on
  override query(...args: any[]): any {
    const [query] = args;
    if (query === 'begin') {
      this.#begin = true;
      return Promise.resolve({ command: 'BEGIN', rowCount: null, rows: [] });
    }
    if (this.#begin) {
      this.#begin = false;
      if (query === 'commit' || query === 'rollback')
        return Promise.resolve({ command: query.toUpperCase(), rowCount: null, rows: [] });
      this.#cork();
      // When it fails, so does the statement behind it, on the same broken connection.
      answered((answer) => super.query('begin', answer as never)).catch(() => {});
    }
    this.#cork();
    const running = answered((answer) => super.query(...(args as [never]), answer as never));
    if (isNamed(query)) {
      running.catch((error: unknown) => {
        if (isStalePlan(error)) void this.end();
      });
    }
    return running;
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    const { stream } = this.connection;
    stream.cork();
    process.nextTick(() => {
      this.#corked = false;
      stream.uncork();
    });
  }
}

/**
 * The answer of what takes a callback. The promise that pg makes by itself is bound up with its query such that V8 keeps both, and the rows
 * with them, beyond the next collections of young objects: 36 kB for each page of a list.
 */
function answered(send: (answer: (error: Error | null, result: unknown) => void) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    send((error, result) => (error ? reject(error) : resolve(result)));
  });
}

const isNamed = (query: unknown): boolean => typeof query === 'object' && query !== null && 'name' in query;
