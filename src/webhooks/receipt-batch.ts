import type { Services } from '../context.ts';
import { kyselyOf } from '../database.ts';
import { fromDatabase, unavailable } from '../errors.ts';
import { prepared } from '../plans.ts';

/** A verified request, ready to be stored. */
export interface NewReceipt {
  id: string;
  sourceId: string;
  /** Version of the source it was verified against; it is stored only while that is the present one. */
  sourceVersion: number;
  dedupeKey: string;
  /** A second key under which the same delivery may be stored already, for ten minutes; null for none. */
  recentKey: string | null;
  body: Buffer;
  /** JSON of the headers, without secrets. */
  headers: string;
}

/** `stored`: committed, under this id. `repeated`: it was before, under that id. `stale`: the source has changed meanwhile. */
export type Stored = { kind: 'stored' | 'repeated'; id: string } | { kind: 'stale' };

/** A receipt, its job and the check that the source is still the one that was verified against, in one statement and one commit. */
const insertReceipts = prepared<{ id: string }>(
  'webhook_receipts_insert',
  `with input as (
     select id, source_id, version, dedupe_key, recent_key, body, headers
     from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::bytea[], $7::text[])
       as i (id, source_id, version, dedupe_key, recent_key, body, headers)
   ), fresh as (
     insert into webhook_receipts (id, source_id, dedupe_key, body, headers, received_at)
     select i.id, i.source_id, i.dedupe_key, i.body, i.headers::jsonb, $8
     from input i join webhook_sources s on s.id = i.source_id and s.version = i.version
     where s.disabled_at is null and s.deleted_at is null and not exists (
       select 1 from webhook_receipts r where r.source_id = i.source_id and r.dedupe_key = i.recent_key
         and r.received_at > $8::timestamptz - interval '10 minutes')
     on conflict (source_id, dedupe_key) do nothing
     returning id
   ), asked as (
     insert into jobs (id, queue, key, data, run_at)
     select id, 'webhook-in', 'receipt:' || id, jsonb_build_object('receiptId', id), $8 from fresh
   )
   select id from fresh`,
);

const findRepeated = prepared<{ id: string; sourceId: string; dedupeKey: string }>(
  'webhook_receipts_repeated',
  `select r.id, r.source_id as "sourceId", r.dedupe_key as "dedupeKey" from webhook_receipts r
   join unnest($1::uuid[], $2::text[]) as i (source_id, dedupe_key) on r.source_id = i.source_id and r.dedupe_key = i.dedupe_key`,
);

interface Waiting {
  receipt: NewReceipt;
  resolve(stored: Stored): void;
  reject(error: unknown): void;
}

const batchSize = 100;
const batchBytes = 2_097_152;
const batchesAtOnce = 2;
const waitingAtMost = 2_000;
const waitingBytesAtMost = 67_108_864;

/**
 * Stores receipts, together with those that arrive while earlier ones are being committed: a busy hub commits once for many. Resolves
 * after the commit. Throws 503 when too much is waiting, or the database is away.
 */
export function createReceiptBatch(services: Services): (receipt: NewReceipt) => Promise<Stored> {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let underWay = 0;

  const next = () => {
    while (underWay < batchesAtOnce && waiting.length > 0) {
      const batch = takeBatch(waiting);
      waiting = waiting.slice(batch.length);
      waitingBytes -= sizeOf(batch);
      underWay += 1;
      void storeBatch(services, batch).finally(() => {
        underWay -= 1;
        next();
      });
    }
  };

  return (receipt) => {
    if (waiting.length >= waitingAtMost || waitingBytes > waitingBytesAtMost) {
      return Promise.reject(unavailable('intake', 'Too many deliveries are waiting; send this one again.'));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Stored>();
    waiting.push({ receipt, resolve, reject });
    waitingBytes += receipt.body.length;
    next();
    return promise;
  };
}

const sizeOf = (batch: readonly Waiting[]): number => batch.reduce((sum, { receipt }) => sum + receipt.body.length, 0);

function takeBatch(waiting: readonly Waiting[]): Waiting[] {
  let bytes = 0;
  const end = waiting.slice(0, batchSize).findIndex(({ receipt }, index) => {
    bytes += receipt.body.length;
    return index > 0 && bytes > batchBytes;
  });
  return waiting.slice(0, end === -1 ? batchSize : end);
}

/** One that the database refuses must not take the others with it: they are then stored one by one. */
async function storeBatch(services: Services, batch: readonly Waiting[]): Promise<void> {
  try {
    const outcomes = await store(
      services,
      batch.map(({ receipt }) => receipt),
    );
    for (const { receipt, resolve } of batch) resolve(outcomes.get(receipt.id) ?? { kind: 'stale' });
  } catch (error) {
    const [only] = batch;
    if (batch.length === 1) only?.reject(fromDatabase(error));
    else for (const one of batch) await storeBatch(services, [one]);
  }
}

async function store(services: Services, receipts: readonly NewReceipt[]): Promise<Map<string, Stored>> {
  const db = kyselyOf(services.db.orm.em.fork());
  const now = services.now();
  const fresh = await insertReceipts(db, [
    receipts.map(({ id }) => id),
    receipts.map(({ sourceId }) => sourceId),
    receipts.map(({ sourceVersion }) => sourceVersion),
    receipts.map(({ dedupeKey }) => dedupeKey),
    receipts.map(({ recentKey }) => recentKey),
    receipts.map(({ body }) => body),
    receipts.map(({ headers }) => headers),
    now,
  ]);
  const outcomes = new Map<string, Stored>(fresh.map(({ id }) => [id, { kind: 'stored', id }]));
  for (const { id } of fresh) services.ports.queues.wake('webhook-in', id, now);
  const others = receipts.filter(({ id }) => !outcomes.has(id));
  if (others.length === 0) return outcomes;
  const keys = others.flatMap(({ sourceId, dedupeKey, recentKey }) =>
    [dedupeKey, recentKey].filter((key) => key !== null).map((key) => ({ sourceId, key })),
  );
  const found = await findRepeated(db, [keys.map(({ sourceId }) => sourceId), keys.map(({ key }) => key)]);
  const firsts = new Map(found.map((row) => [`${row.sourceId} ${row.dedupeKey}`, row.id]));
  for (const { id, sourceId, dedupeKey, recentKey } of others) {
    const first = firsts.get(`${sourceId} ${dedupeKey}`) ?? firsts.get(`${sourceId} ${recentKey}`);
    if (first !== undefined) outcomes.set(id, { kind: 'repeated', id: first });
  }
  return outcomes;
}
