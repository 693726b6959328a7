import { expect, test } from 'vitest';
import { readBounce } from '../../src/email/bounce.rules.ts';
import { parsedCorpus } from './corpus.ts';

const part = (contentType: string, text: string) => ({ contentType, content: () => Buffer.from(text) });
const original = part('message/rfc822', 'From: rep@own.example\r\nMessage-ID: <original@own.example>\r\n\r\nHello');
const report = (...recipients: string[]) =>
  part('message/delivery-status', ['Reporting-MTA: dns; mx.example', ...recipients].join('\r\n\r\n'));
const failed = (address: string, status: string, action = 'failed') =>
  `Final-Recipient: rfc822; ${address}\r\nAction: ${action}\r\nStatus: ${status}`;

test('a delivery report tells which mail came back from whom', () => {
  expect(parsedCorpus('bounce-dsn').bounce).toEqual({
    originalId: 'original@throughline.example',
    addresses: ['gone@acme.example'],
  });
  expect(parsedCorpus('bounce-exim').bounce).toBeNull();
  expect(parsedCorpus('thread-1-opening').bounce).toBeNull();
});

test('each recipient counts for itself, also by the address that we wrote', () => {
  const forwarded = `Original-Recipient: rfc822;<First@A.example>\r\n${failed('forwarded@b.example', '5.1.1')}`;
  expect(
    readBounce([report(forwarded, failed('ok@c.example', '2.0.0', 'delivered'), failed('dead@d.example', '5.1.10')), original]),
  ).toEqual({
    originalId: 'original@own.example',
    addresses: ['first@a.example', 'forwarded@b.example', 'dead@d.example'],
  });
});

test.each([
  ['a delay', failed('a@x.example', '4.4.1', 'delayed')],
  ['a passing failure', failed('a@x.example', '4.2.2')],
  ['a full mailbox', failed('a@x.example', '5.2.2')],
  ['a message too large for the mailbox', failed('a@x.example', '5.2.3')],
  ['a message too large for the system', failed('a@x.example', '5.3.4')],
  ['a policy', failed('a@x.example', '5.7.1')],
  ['no address', 'Action: failed\r\nStatus: 5.1.1'],
])('%s says nothing of the address', (_, group) => {
  expect(readBounce([report(group), original])).toBeNull();
});

test('a report without the mail it is about says nothing', () => {
  expect(readBounce([report(failed('a@x.example', '5.1.1'))])).toBeNull();
  const headers = part('text/rfc822-headers', 'Message-ID: <only.headers@own.example>\r\n');
  expect(readBounce([report(failed('a@x.example', '5.1.1')), headers])?.originalId).toBe('only.headers@own.example');
});
