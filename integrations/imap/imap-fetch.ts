import type { FetchMessageObject, ImapFlow } from 'imapflow';
import type { FetchLimits, RawMessage } from '../../src/email/mail.ports.ts';
import { uidRanges } from './uid-set.ts';

const MIB = 1024 * 1024;

/** UIDs of one FETCH: whole messages, or only headers of messages over the size limit. */
export interface Batch {
  uids: number[];
  headersOnly: boolean;
}

/**
 * Cuts `uids` into FETCHes that keep within the limits, in the given order. UIDs without a size (gone by now) are left
 * out, so an answer never holds more bytes than planned.
 */
export function planBatches(uids: number[], sizes: ReadonlyMap<number, number>, limits: FetchLimits): Batch[] {
  const { maxBytes = 25 * MIB, batchBytes = 8 * MIB, batchCount = 250 } = limits;
  const batches: Batch[] = [];
  let room = 0;
  for (const uid of uids) {
    const size = sizes.get(uid);
    if (size === undefined) continue;
    const headersOnly = size > maxBytes;
    const cost = headersOnly ? 16 * 1024 : size;
    let batch = batches.at(-1);
    if (!batch || batch.headersOnly !== headersOnly || batch.uids.length >= batchCount || cost > room) {
      batch = { uids: [], headersOnly };
      batches.push(batch);
      room = batchBytes;
    }
    batch.uids.push(uid);
    room -= cost;
  }
  return batches;
}

/** Fetches one batch from the open folder, complete before it returns, in the batch's order. */
export async function fetchBatch(client: ImapFlow, batch: Batch): Promise<RawMessage[]> {
  const content = batch.headersOnly ? { headers: true } : { source: true };
  const query = { uid: true, flags: true, internalDate: true, size: true, ...content };
  const fetched = await client.fetchAll(uidRanges(batch.uids), query, { uid: true });
  const byUid = new Map(fetched.map((message) => [message.uid, message]));
  return batch.uids.flatMap((uid) => {
    const message = byUid.get(uid);
    return message ? [rawMessage(message, batch.headersOnly)] : [];
  });
}

/** Without `\Recent`, which depends on who looked first. */
export function lastingFlags({ flags }: FetchMessageObject): string[] {
  return [...(flags ?? [])].filter((flag) => flag !== '\\Recent');
}

function rawMessage(message: FetchMessageObject, headersOnly: boolean): RawMessage {
  const source = (headersOnly ? message.headers : message.source) ?? Buffer.alloc(0);
  const internalDate = new Date(message.internalDate ?? 0);
  return {
    uid: message.uid,
    source,
    truncated: headersOnly,
    internalDate: Number.isNaN(internalDate.getTime()) ? new Date(0) : internalDate,
    flags: lastingFlags(message),
    size: message.size ?? source.length,
    ...(message.emailId === undefined ? {} : { emailId: message.emailId }),
    ...(message.modseq === undefined ? {} : { modseq: message.modseq }),
  };
}
