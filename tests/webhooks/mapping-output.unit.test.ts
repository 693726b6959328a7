import { expect, test } from 'vitest';
import { readMappingOutput } from '../../src/webhooks/mapping.rules.ts';

const contact = { email: 'ann@example.com' };

function issuesOf(value: unknown) {
  const reading = readMappingOutput(value);
  return reading.ok ? [] : reading.issues.map(({ path, message }) => `${path}: ${message}`);
}

test('a contact and an activity are read, with the type webhook unless said', () => {
  const reading = readMappingOutput({
    contact: { ...contact, firstName: ' Ann ', phone: null, title: '' },
    activity: { subject: 'Ordered', occurredAt: '2026-03-01T13:00:00+01:00' },
  });
  expect(reading).toEqual({
    ok: true,
    output: {
      contact: { email: 'ann@example.com', firstName: 'Ann' },
      activity: { type: 'webhook', subject: 'Ordered', occurredAt: '2026-03-01T12:00:00.000Z' },
    },
  });
});

test('a receipt may be passed over, with or without a reason', () => {
  expect(readMappingOutput({ skip: 'a test event' })).toEqual({ ok: true, output: { skip: 'a test event' } });
  expect(readMappingOutput({ skip: true })).toEqual({ ok: true, output: { skip: true } });
  expect(readMappingOutput({ skip: true, contact: { email: null } })).toEqual({ ok: true, output: { skip: true } });
});

test.each([
  [{ contact: { email: 'nobody' } }, 'contact.email: must be an e-mail address'],
  [{ contact: { firstName: 'Ann' } }, 'contact: needs an email or a phone to be found by'],
  [{ contact: { ...contact, phone: 5 } }, 'contact.phone: '],
  [{ contact: { ...contact, firstName: 'x'.repeat(101) } }, 'contact.firstName: must be at most 100 characters'],
  [{ contact: { ...contact, nickname: 'A' } }, 'contact: '],
  [{ activity: { subject: 'x' } }, 'contact: is needed'],
  [{ contact, activity: { subject: '' } }, 'activity.subject: must not be empty'],
  [{ contact, activity: { subject: 'x', type: 'No Key' } }, 'activity.type: '],
  [{ contact, activity: { subject: 'x', occurredAt: 'yesterday' } }, 'activity.occurredAt: must be an instant'],
  [{ contact, activity: { subject: 'x', occurredAt: '0000-01-01T00:00:00Z' } }, 'activity.occurredAt: must be between'],
  [{ contact, deal: {} }, ': '],
  [{ skip: 'x'.repeat(501) }, 'skip: must be at most 500 characters'],
  [{ skip: false }, ': must hold a contact, or skip'],
  [[{ contact }], ': '],
  ['text', ': '],
  [null, ': the mapping found nothing'],
])('%j is refused at its path', (value, start) => {
  expect(issuesOf(value)[0]).toMatch(new RegExp(`^${start}`));
});

test('text that Postgres could not store is mended, not refused', () => {
  const reading = readMappingOutput({ contact: { ...contact, lastName: 'O\u0000Neil\ud800' } });
  expect(reading.ok && reading.output.contact?.lastName).toBe('ONeil\ufffd');
});
