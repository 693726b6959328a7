import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planBatches } from '../../integrations/imap/imap-fetch.ts';
import { expandUids, uidRanges } from '../../integrations/imap/uid-set.ts';

const uidSet = fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 120 });

test('UIDs written as ranges read the same again', () => {
  expect(uidRanges([3, 1, 2, 9])).toBe('1:3,9');
  fc.assert(
    fc.property(uidSet, (uids) => {
      expect(expandUids(uidRanges(uids))).toEqual(uids.toSorted((a, b) => a - b));
    }),
  );
});

test('batches keep the order, lose no UID, and keep within the limits', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 301, maxLength: 301 });
  fc.assert(
    fc.property(uidSet, sizes, (uids, bytes) => {
      const batches = planBatches(uids, new Map(bytes.entries()), { maxBytes: 400, batchBytes: 1_000, batchCount: 7 });
      expect(batches.flatMap((batch) => batch.uids)).toEqual(uids);
      for (const batch of batches) {
        expect(batch.uids.length).toBeLessThanOrEqual(7);
        expect(batch.uids.every((uid) => bytes[uid]! > 400 === batch.headersOnly)).toBe(true);
        if (!batch.headersOnly) expect(batch.uids.reduce((sum, uid) => sum + bytes[uid]!, 0)).toBeLessThanOrEqual(1_000);
      }
    }),
  );
});

test('UIDs that are gone are left out', () => {
  expect(planBatches([1, 2, 3], new Map([[2, 10]]), {})).toEqual([{ uids: [2], headersOnly: false }]);
});
