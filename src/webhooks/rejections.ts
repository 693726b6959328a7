import { newId, type Services } from '../context.ts';
import { kyselyOf } from '../database.ts';
import { prepared } from '../plans.ts';

/** A refused request; its headers hold no secret. */
export interface Rejection {
  sourceId: string;
  reason: string;
  headers: Record<string, unknown>;
  rawBody: Buffer;
}

/** Per source the newest 20, each with the first 16 kB. */
const insertSample = prepared(
  'webhook_rejection_insert',
  `with old as (
     delete from webhook_rejections where id in (
       select id from webhook_rejections where source_id = $2 order by rejected_at desc, id desc offset 19)
   )
   insert into webhook_rejections (id, source_id, reason, headers, body, rejected_at) values ($1, $2, $3, $4, $5, $6)`,
);

const sampleBytes = 16_384;
const windowMs = 10_000;
const samplesPerWindow = 10;

/** Keeps samples of refused requests, at most ten in ten seconds per source and process: nobody fills a disk without a secret. */
export function createSampler(services: Services): (rejection: Rejection) => Promise<void> {
  let window = 0;
  let taken = new Map<string, number>();
  return async ({ sourceId, reason, headers, rawBody }) => {
    const now = services.now();
    const present = Math.floor(now.getTime() / windowMs);
    if (present !== window) {
      window = present;
      taken = new Map();
    }
    const count = taken.get(sourceId) ?? 0;
    if (count >= samplesPerWindow) return;
    taken.set(sourceId, count + 1);
    const db = kyselyOf(services.db.orm.em.fork());
    await insertSample(db, [newId(), sourceId, reason, JSON.stringify(headers), rawBody.subarray(0, sampleBytes), now]);
  };
}
