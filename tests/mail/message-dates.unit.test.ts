import { expect, test } from 'vitest';
import { readDate, sentAt } from '../../src/email/date.rules.ts';

test.each([
  ['Mon, 12 Jan 2026 09:14:01 +0100', '2026-01-12T08:14:01.000Z'],
  ['12 Jan 26 09:14 EST', '2026-01-12T14:14:00.000Z'],
  ['Mon, 12 January 2026 09:14:01', '2026-01-12T09:14:01.000Z'],
  ['Mon, 12-Jan-2026 09:14:01 GMT (UTC)', '2026-01-12T09:14:01.000Z'],
  ['2026-01-12T09:14:01+02:00', '2026-01-12T07:14:01.000Z'],
  ['Sat, 31 Dec 99 23:59:60 -0000', '2000-01-01T00:00:00.000Z'],
])('%s is %s', (field, iso) => {
  expect(readDate(field)?.toISOString()).toBe(iso);
});

test.each(['', 'yesterday', '42 Jan 2026 09:14:01', '12 Foo 2026 09:14:01', '1768205641', 'Mon Jan 2026'])(
  '%j is no date',
  (field) => {
    expect(readDate(field)).toBeNull();
  },
);

test('a date before mail or long after the arrival is not believed', () => {
  const arrived = new Date('2026-01-12T00:00:00Z');
  expect(sentAt(new Date('1970-01-01T00:00:00Z'), arrived)).toBe(arrived);
  expect(sentAt(new Date('2026-02-12T00:00:00Z'), arrived)).toBe(arrived);
  const skewed = new Date('2026-01-12T05:00:00Z');
  expect(sentAt(skewed, arrived)).toBe(skewed);
});
