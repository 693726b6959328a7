import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextAttemptDelayMs, outcomeOf, retryAfterMs } from '../../src/webhooks/retry.rules.ts';

const now = new Date('2026-03-01T12:00:00Z');
const dayMs = 86_400_000;

test('the attempts span about three days and then end', () => {
  let attempt = 1;
  let totalMs = 0;
  for (let pause = nextAttemptDelayMs(attempt, 0.5); pause !== null; pause = nextAttemptDelayMs(++attempt, 0.5)) totalMs += pause;
  expect(attempt).toBe(12);
  expect(totalMs / dayMs).toBeCloseTo(3.15, 1);
});

test('each pause is spread by a fifth either way', () => {
  expect([0, 0.5, 1].map((random) => nextAttemptDelayMs(2, random))).toEqual([24_000, 30_000, 36_000]);
});

test('Retry-After lengthens a pause, up to a day, and never shortens one', () => {
  expect(nextAttemptDelayMs(1, 0.5, 60_000)).toBe(60_000);
  expect(nextAttemptDelayMs(1, 0.5, 1)).toBe(5_000);
  expect(nextAttemptDelayMs(1, 0.5, 30 * dayMs)).toBe(dayMs);
  expect(nextAttemptDelayMs(12, 0.5, 60_000)).toBeNull();
});

test.each([
  ['120', 120_000],
  ['Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
  ['Sunday, 01-Mar-26 12:01:00 GMT', 60_000],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['999999999999', dayMs],
  ['Sun, 01 Mar 2099 12:00:00 GMT', dayMs],
  ['-5', 0],
  ['1.5', 0],
  ['soon', 0],
  ['', 0],
  [undefined, 0],
])('Retry-After %s means %i ms', (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms);
});

test('no Retry-After whatever leads to a pause outside its bounds', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      const ms = retryAfterMs(header, now);
      expect(ms >= 0 && ms <= dayMs).toBe(true);
    }),
  );
});

test.each([
  [200, 'delivered'],
  [204, 'delivered'],
  [301, 'retry'],
  [304, 'retry'],
  [400, 'retry'],
  [410, 'gone'],
  [429, 'retry'],
  [503, 'retry'],
  [undefined, 'retry'],
] as const)('an answer of %s is %s', (status, outcome) => {
  expect(outcomeOf(status)).toBe(outcome);
});
