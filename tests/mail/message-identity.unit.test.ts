import { expect, test } from 'vitest';
import { parseMessage } from '../../src/email/message.rules.ts';
import { ARRIVED, corpusNames, parsedCorpus } from './corpus.ts';

const BASE = {
  id: '<A1@Acme.Example>',
  from: 'Anna <ANNA@acme.example>',
  date: 'Mon, 12 Jan 2026 09:14:01 +0100',
  body: 'Hello',
};

async function identity(change: Partial<typeof BASE>): Promise<string> {
  const { id, from, date, body } = { ...BASE, ...change };
  const source = `From: ${from}\r\n${id ? `Message-ID: ${id}\r\n` : ''}Date: ${date}\r\nSubject: x\r\n\r\n${body}\r\n`;
  return (await parseMessage(Buffer.from(source), { internalDate: ARRIVED })).identity;
}

test('every message of the corpus has an identity of its own', async () => {
  const messages = await Promise.all(corpusNames().map(parsedCorpus));
  expect(new Set(messages.map((message) => message.identity)).size).toBe(messages.length);
});

test.each<[string, Partial<typeof BASE>]>([
  ['another body', { body: 'Hello, with a stamp' }],
  ['another display name', { from: 'anna@ACME.example' }],
  ['another spelling of the id', { id: ' <A1@acme.\r\n example> (comment)' }],
  ['another time zone', { date: 'Mon, 12 Jan 2026 08:14:01 GMT' }],
])('is the same with %s', async (_, change) => {
  expect(await identity(change)).toBe(await identity({}));
});

test.each<[string, Partial<typeof BASE>]>([
  ['another id', { id: '<A2@acme.example>' }],
  ['another sender', { from: 'bruno@acme.example' }],
  ['another second', { date: 'Mon, 12 Jan 2026 09:14:02 +0100' }],
  ['no id', { id: '' }],
])('differs with %s', async (_, change) => {
  expect(await identity(change)).not.toBe(await identity({}));
});

test('without an id the bytes tell', async () => {
  expect(await identity({ id: '' })).toMatch(/^c:/);
  expect(await identity({ id: '', body: 'Hello ' })).toBe(await identity({ id: '' }));
  expect(await identity({ id: '', body: 'Bye' })).not.toBe(await identity({ id: '' }));
});

test('the day of arrival has no part in it', async () => {
  const source = Buffer.from('From: a@b.example\r\nMessage-ID: <1@b>\r\n\r\n');
  const [here, there] = await Promise.all([1, 2].map((day) => parseMessage(source, { internalDate: new Date(2026, 0, day) })));
  expect(here?.identity).toBe(there?.identity);
});
