import type { RowConsumer } from '../consumers.ts';
import type { Context } from '../context.ts';
import type { LogEvent } from '../log.ts';
import { type Doubled, refreshKeys } from '../near-matches.ts';
import { reconcile, suspects } from './duplicates.ts';

/** Fields from which the keys of duplicates follow; a country tells how a number is read. */
const telling: ReadonlySet<string> = new Set([
  'firstName',
  'lastName',
  'email',
  'phone',
  'mobile',
  'country',
  'companyId',
  'name',
  'domain',
  'website',
]);

/** Keeps the pairs of records that may be the same. The keys of a batch are refreshed together, so that most events cost nothing more. */
export const duplicatesConsumer: RowConsumer = {
  name: 'duplicates',
  kind: 'rows',
  types: [
    'contact.created',
    'contact.updated',
    'contact.deleted',
    'contact.restored',
    'contact.purged',
    'contact.erased',
    'company.created',
    'company.updated',
    'company.deleted',
    'company.restored',
    'company.purged',
  ],
  history: true,
  async relevant(ctx, events) {
    const touched = events.filter(touches);
    const doubtful = new Set([...(await refreshed(ctx, 'contact', touched)), ...(await refreshed(ctx, 'company', touched))]);
    return new Set(touched.filter(({ recordId }) => doubtful.has(recordId)).map(({ id }) => id));
  },
  handle: (ctx, { recordType, recordId }) => reconcile(ctx, recordType as Doubled, recordId), // the types above are of no other
};

function touches({ data }: LogEvent): boolean {
  const { changes } = data as { changes?: Record<string, unknown> };
  return changes === undefined || Object.keys(changes).some((field) => telling.has(field));
}

async function refreshed(ctx: Context, object: Doubled, events: readonly LogEvent[]): Promise<string[]> {
  const ids = [...new Set(events.filter(({ recordType }) => recordType === object).map(({ recordId }) => recordId))];
  if (ids.length === 0) return [];
  await refreshKeys(ctx, object, ids);
  return suspects(ctx, object, ids);
}
