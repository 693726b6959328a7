import type { Executor } from './database.ts';
import type { RecordType } from './event-definition.ts';
import type { EventType } from './events.ts';
import { prepared } from './plans.ts';

/** One row of the log, as consumers and the feed see it. */
export interface LogEvent {
  id: string;
  position: number;
  type: EventType;
  recordType: RecordType;
  recordId: string;
  at: string;
  actorKind: string;
  actorId: string | null;
  causeId: string | null;
  correlationId: string;
  origin: 'live' | 'history';
  data: Record<string, unknown>;
}

/** What part of the log is wanted: everything after a position, by type, with or without history. */
export interface LogFilter {
  after: number;
  types: readonly EventType[] | null;
  history: boolean;
  limit: number;
}

/** A stretch of the log: the events that were wanted, and the position up to which everything was looked at. */
export interface LogPage {
  events: LogEvent[];
  scannedTo: number;
}

// Statements order by events.position: the bare name is the column of the answer, a cast that no index serves.
const columns = `id, position::float8 as position, type, record_type as "recordType", record_id as "recordId",
  to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, actor_kind as "actorKind", actor_id as "actorId",
  cause_id as "causeId", correlation_id as "correlationId", origin, data`;

const head = prepared<{ position: number }>('log_head', 'select position::float8 as position from log_head');

/** A stretch of the log: after, up to, types, with history, how many. */
export const pageText = `select ${columns} from events
   where position > $1 and position <= $2 and ($3::text[] is null or type = any($3)) and ($4 or origin = 'live')
   order by events.position limit $5`;

const page = prepared<LogEvent>('log_page', pageText);

const byPositions = prepared<LogEvent>(
  'log_by_positions',
  `select ${columns} from events where position = any($1) order by events.position`,
);

/** The newest position of the log; 0 when it is empty. */
export async function headOf(db: Executor): Promise<number> {
  return (await head(db, []))[0]?.position ?? 0;
}

/** Positions that one read looks at at most, so that a filter which matches nothing cannot scan the whole log. */
const scanLimit = 20_000;

/** Reads on from a position, gap-free. `scannedTo` is where the next read goes on, also when nothing matched. */
export async function readLog(db: Executor, filter: LogFilter): Promise<LogPage> {
  const end = Math.min(await headOf(db), filter.after + scanLimit);
  if (end <= filter.after) return { events: [], scannedTo: filter.after };
  const types = filter.types === null ? null : [...filter.types];
  const events = await page(db, [filter.after, end, types, filter.history, filter.limit]);
  const last = events.at(-1);
  return { events, scannedTo: events.length === filter.limit && last !== undefined ? last.position : end };
}

/** Single events by their positions, in order. */
export const readPositions = (db: Executor, positions: readonly number[]): Promise<LogEvent[]> => byPositions(db, [positions]);
