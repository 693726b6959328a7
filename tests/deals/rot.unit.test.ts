import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Attention, freshnessOf, isRotten } from '../../src/deals/rot.rules.ts';
import { sleepMs } from '../../src/sleep.rules.ts';

const dayMs = 86_400_000;
const instant = fc.integer({ min: 0, max: 4_000_000_000_000 });
const attention: fc.Arbitrary<Attention> = fc.record({
  rotDays: fc.option(fc.integer({ min: 1, max: 1_000 })),
  stageEnteredAtMs: instant,
  lastActivityAtMs: fc.option(instant),
  plannedUntilMs: fc.option(instant),
});

const quiet: Attention = { rotDays: 14, stageEnteredAtMs: 1_000, lastActivityAtMs: null, plannedUntilMs: null };

it('a deal rots exactly its days after it entered the stage', () => {
  const freshness = freshnessOf(quiet);
  expect(freshness).toEqual({ freshSinceMs: 1_000, rotsAtMs: 1_000 + 14 * dayMs });
  expect(isRotten(freshness, 999 + 14 * dayMs)).toBe(false);
  expect(isRotten(freshness, 1_000 + 14 * dayMs)).toBe(true);
});

it('an activity before the stage was entered counts for nothing', () => {
  expect(freshnessOf({ ...quiet, lastActivityAtMs: 500 })).toEqual(freshnessOf(quiet));
});

it('a stage without days never rots', () => {
  fc.assert(
    fc.property(attention, instant, (deal, at) => {
      expect(isRotten(freshnessOf({ ...deal, rotDays: null }), at)).toBe(false);
    }),
  );
});

it('a deal never rots while a task is planned ahead, nor within its days of an activity', () => {
  fc.assert(
    fc.property(attention, instant, (deal, at) => {
      if (!isRotten(freshnessOf(deal), at)) return;
      expect(at).toBeGreaterThanOrEqual(deal.plannedUntilMs ?? 0);
      expect(at - (deal.rotDays ?? 0) * dayMs).toBeGreaterThanOrEqual(
        Math.max(deal.stageEnteredAtMs, deal.lastActivityAtMs ?? 0),
      );
    }),
  );
});

it('another activity or task never makes a deal rot earlier', () => {
  fc.assert(
    fc.property(attention, instant, (deal, more) => {
      const before = freshnessOf(deal).rotsAtMs ?? 0;
      const lastActivityAtMs = Math.max(deal.lastActivityAtMs ?? 0, more);
      const plannedUntilMs = Math.max(deal.plannedUntilMs ?? 0, more);
      expect(freshnessOf({ ...deal, lastActivityAtMs }).rotsAtMs ?? 0).toBeGreaterThanOrEqual(before);
      expect(freshnessOf({ ...deal, plannedUntilMs }).rotsAtMs ?? 0).toBeGreaterThanOrEqual(before);
    }),
  );
});

it('a workflow sleeps at least a millisecond and at most a year', () => {
  expect(sleepMs(1_000, 5_000)).toBe(4_000);
  expect(sleepMs(5_000, 1_000)).toBe(1);
  expect(sleepMs(0, Date.UTC(9999, 0, 1))).toBe(365 * dayMs);
});
