import { hash } from 'node:crypto';
import { CompiledQuery, type Kysely, type RawBuilder, sql as SQL } from 'kysely';
import pg from 'pg';
import type { Executor } from './database.ts';

/**
 * A statement that is planned once per connection. Only for texts that are fixed in the code: what a caller shapes goes through
 * `rowsPlanned`, or the plans pile up. Values are `$1`, `$2`, ...; lists go as one array (`= any($1)`).
 */
export function prepared<Row>(name: string, text: string): (db: Executor, values: readonly unknown[]) => Promise<Row[]> {
  const query = named(name, text);
  return async (db, values) => (await db.executeQuery<Row>(CompiledQuery.raw(query, [...values]))).rows;
}

/** Kysely hands the text to pg as it is, and pg takes { name, text } in its place: the one way to name a statement in a transaction. */
const named = (name: string, text: string): string => ({ name, text }) as unknown as string;

/** What a statement that is sent has to be able to. */
export type Statement<Row> = Pick<RawBuilder<Row>, 'compile'>;

/** Stands in a statement for one of the values that it is sent with. */
export class Slot {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

/** A value that Postgres does not see when it plans, so that a plan for any value is as good as one for this, and is kept. */
export const unseen = (value: unknown, type: string): RawBuilder<unknown> => SQL`(select ${value}::${SQL.raw(type)})`;

export type KeptStatement<Row> = (values: readonly unknown[]) => Statement<Row>;

/** A statement that is sent again and again, with other values in its slots: its text is made the first time. */
export function keptStatement<Row>(statement: RawBuilder<Row>): KeptStatement<Row> {
  let compiled: CompiledQuery<Row> | undefined;
  return (values) => ({
    compile: (db) => {
      compiled ??= statement.compile(db);
      const parameters = compiled.parameters.map((value) => (value instanceof Slot ? values[value.index] : value));
      return { ...compiled, parameters };
    },
  });
}

/** Texts that have a plan of their own, with their names. Beyond these, texts are sent unnamed: each plan costs memory on every connection. */
const texts = new Map<string, string>();
const textsAtMost = 200;

/** Runs a statement whose texts are few, such as a get by the caller's reach, planned once per connection; `name` is for the reader of logs. */
export async function rowsPrepared<Row>(db: Executor, name: string, statement: Statement<Row>): Promise<Row[]> {
  const { sql, parameters } = statement.compile(db as Kysely<unknown>); // Executor is the part of Kysely that this needs
  if (!texts.has(sql) && texts.size < textsAtMost) texts.set(sql, `${name}_${texts.size}`);
  const plan = texts.get(sql);
  return (await db.executeQuery<Row>(CompiledQuery.raw(plan === undefined ? sql : named(plan, sql), [...parameters]))).rows;
}

/** How often a question, text and values alike, was asked lately, by its hash; forgotten when these are many. */
const asked = new Map<string, number>();
const askedAtMost = 1_000;
const often = 3;
/** Questions that are asked often, with the plans made for their values, the one that was asked longest ago first. */
const answers = new Map<string, string>();
/** A plan takes some 40 kB on every connection that ran it, and stays there as long as the connection: so not more are made in ten minutes. */
const answersAtMost = 150;
const roundMs = 600_000;
const round = { ends: 0, made: 0 };

/**
 * Runs a statement that callers shape. To plan one takes Postgres longer than to run it, and a plan that is made for any value can be a
 * hundred times too slow for one. So what is asked again and again (a view that a team opens all day) has a plan that is made for its values;
 * everything else is planned each time.
 */
export async function rowsPlanned<Row>(db: Executor, statement: Statement<Row>, now: Date): Promise<Row[]> {
  const { sql, parameters } = statement.compile(db as Kysely<unknown>); // as above
  const answer = answerTo(sql, parameters, now.getTime());
  return (await db.executeQuery<Row>(answer === undefined ? CompiledQuery.raw(sql, [...parameters]) : CompiledQuery.raw(answer)))
    .rows;
}

function answerTo(sql: string, values: readonly unknown[], now: number): string | undefined {
  const question = `${sql}\0${JSON.stringify(values)}`;
  const answer = answers.get(question) ?? newAnswer(hash('sha1', question), { sql, values, now });
  if (answer === undefined) return undefined;
  answers.delete(question);
  answers.set(question, answer);
  return answer;
}

function newAnswer(
  key: string,
  { sql, values, now }: { sql: string; values: readonly unknown[]; now: number },
): string | undefined {
  const times = (asked.get(key) ?? 0) + 1;
  if (asked.size >= askedAtMost) asked.clear();
  asked.set(key, times);
  if (now > round.ends) Object.assign(round, { ends: now + roundMs, made: 0 });
  if (times < often || round.made >= answersAtMost) return undefined;
  round.made += 1;
  const [oldest] = answers.keys();
  if (oldest !== undefined && answers.size >= answersAtMost) answers.delete(oldest);
  return named(`often_${key}`, written(sql, values));
}

/** A statement with its values written into it, as the quoted texts that pg would have sent. */
const written = (sql: string, values: readonly unknown[]): string =>
  sql.replace(/\$(\d+)/g, (_, number: string) => literal(values[Number(number) - 1]));

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return pg.escapeLiteral(Array.isArray(value) ? `{${value.map(element).join()}}` : textOf(value));
}

const element = (value: unknown): string => (value === null ? 'null' : `"${textOf(value).replace(/["\\]/g, '\\$&')}"`);

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
