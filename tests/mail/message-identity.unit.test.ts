import { expect, test } from 'vitest';
import { parseMessage } from '../../src/email/message.rules.ts';
import { ARRIVED, corpusNames, parsedCorpus } from './corpus.ts';

const BASE = {
  id: '<A1@Acme.Example>',
  from: 'Anna <ANNA@acme.example>',
  date: 'Mon, 12 Jan 2026 09:14:01 +0100',
  body: 'Hello',
};

function identity(change: Partial<typeof BASE>): string {
  const { id, from, date, body } = { ...BASE, ...change };
  const source = `From: ${from}\r\n${id ? `Message-ID: ${id}\r\n` : ''}Date: ${date}\r\nSubject: x\r\n\r\n${body}\r\n`;
  return parseMessage(Buffer.from(source), { internalDate: ARRIVED }).identity;
}

test('every message of the corpus has an identity of its own', () => {
  const messages = corpusNames().map(parsedCorpus);
  expect(new Set(messages.map((message) => message.identity)).size).toBe(messages.length);
});

test.each<[string, Partial<typeof BASE>]>([
  ['another body', { body: 'Hello, with a stamp' }],
  ['another display name', { from: 'anna@ACME.example' }],
  ['another spelling of the id', { id: ' <A1@acme.\r\n example> (comment)' }],
  ['another time zone', { date: 'Mon, 12 Jan 2026 08:14:01 GMT' }],
])('is the same with %s', (_, change) => {
  expect(identity(change)).toBe(identity({}));
});

test.each<[string, Partial<typeof BASE>]>([
  ['another id', { id: '<A2@acme.example>' }],
  ['another sender', { from: 'bruno@acme.example' }],
  ['another second', { date: 'Mon, 12 Jan 2026 09:14:02 +0100' }],
  ['no id', { id: '' }],
])('differs with %s', (_, change) => {
  expect(identity(change)).not.toBe(identity({}));
});

test('without an id the bytes tell', () => {
  expect(identity({ id: '' })).toMatch(/^c:/);
  expect(identity({ id: '', body: 'Hello ' })).toBe(identity({ id: '' }));
  expect(identity({ id: '', body: 'Bye' })).not.toBe(identity({ id: '' }));
});

test('the day of arrival has no part in it', () => {
  const source = Buffer.from('From: a@b.example\r\nMessage-ID: <1@b>\r\n\r\n');
  const [here, there] = [1, 2].map((day) => parseMessage(source, { internalDate: new Date(2026, 0, day) }));
  expect(here?.identity).toBe(there?.identity);
});
