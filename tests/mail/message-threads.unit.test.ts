import { expect, test } from 'vitest';
import { normalMessageId, readMessageIds, threadKeys } from '../../src/email/thread.rules.ts';
import { parsedCorpus } from './corpus.ts';

test('the messages of a thread share keys, with references run together, folded or cut off', () => {
  const [first, second, third] = ['thread-1-opening', 'thread-2-reply', 'thread-3-references-run-together'].map((name) =>
    threadKeys(parsedCorpus(name)),
  );
  expect(first).toEqual(['CAF001@mail.acme.example']);
  expect(second).toEqual(['reply-1@throughline.example', ...first!]);
  expect(third).toEqual(['xyz.3@acme.example', ...first!, 'reply-1@throughline.example']);
});

test.each([
  ['<a@x><b@x>', ['a@x', 'b@x']],
  ['<a@x>, <b@x>,\t<a@x>', ['a@x', 'b@x']],
  ['a@x b@x', ['a@x', 'b@x']],
  ['<a@\r\n x>', ['a@x']],
  ['Your message of "Mon" <a@x>', ['a@x']],
  ['<a@x> <cut@off', ['a@x']],
  ['<>', []],
  ['', []],
])('%j holds %j', (field, ids) => {
  expect(readMessageIds(field)).toEqual(ids);
});

test('ids without an @ and the subject join nothing', () => {
  expect(threadKeys({ messageId: 'null', inReplyTo: ['0'], references: ['a@x'] })).toEqual(['a@x']);
});

test('a thousand references keep the root and the nearest', () => {
  const ids = readMessageIds(Array.from({ length: 1_000 }, (_, index) => `<${index}@x>`).join(' '));
  expect(ids).toHaveLength(100);
  expect([ids[0], ids.at(-1)]).toEqual(['0@x', '999@x']);
});

test('only the domain of an id is case-folded', () => {
  expect(normalMessageId('<AbC@Mail.EXAMPLE>')).toBe('AbC@mail.example');
  expect(normalMessageId('')).toBeNull();
});
