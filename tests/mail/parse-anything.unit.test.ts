import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { expect, test } from 'vitest';
import { readBody } from '../../src/email/body.rules.ts';
import { readHeader } from '../../src/email/header.rules.ts';
import { MalformedMessage, parseMessage } from '../../src/email/message.rules.ts';
import { makeMailbox } from '../support/mail-corpus.ts';
import { ARRIVED, corpusNames, corpusSource } from './corpus.ts';

const PIECES = [
  'From: "A" <a@b.example>\r\n',
  'Content-Type: multipart/mixed; boundary="x"\r\n',
  'Content-Type: text/html; charset=utf-16\r\n',
  'Content-Transfer-Encoding: quoted-printable\r\n',
  'Content-Transfer-Encoding: base64\r\n',
  'Content-Type: message/rfc822\r\n',
  'Subject: =?utf-8?B?7aCA?= =?x?Q?=00?=\r\n',
  'References: <a@b><<>\r\n',
  'Date: 99 Foo 1\r\n',
  '\r\n',
  '\n',
  '--x\r\n',
  '--x--\r\n',
  '=ED=A0=80=00',
  '\0',
  '&#xD800;<p>',
];
const anyBytes = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
const anyMail = fc
  .array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...PIECES).map((piece) => Buffer.from(piece)) }, anyBytes), {
    maxLength: 25,
  })
  .map((pieces) => Buffer.concat(pieces));
const damagedMail = fc
  .tuple(fc.constantFrom(...corpusNames()), fc.nat(3_000), fc.nat(40), anyBytes)
  .map(([name, at, length, noise]) => {
    const source = corpusSource(name);
    return Buffer.concat([source.subarray(0, at), noise, source.subarray(at + length)]);
  });

function parsesOrIsMalformed(source: Buffer): void {
  try {
    const { header: _, ...message } = parseMessage(source, { internalDate: ARRIVED });
    expect(JSON.stringify(message)).not.toMatch(/\\u0000|\\ud[89a-f]/i);
    expect(Number.isFinite(message.sentAt.getTime())).toBe(true);
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
  }
}

test('any bytes are a clean message or a malformed one', () => {
  fc.assert(fc.property(anyMail, parsesOrIsMalformed), { numRuns: 1_500 });
});

test('any damage to a real message leaves a clean message or a malformed one', () => {
  fc.assert(fc.property(damagedMail, parsesOrIsMalformed), { numRuns: 1_000 });
});

test('identity stays the same under trace headers, other line ends and another folding', () => {
  const source = fc.constantFrom(...corpusNames()).map(corpusSource);
  const traces = fc.array(fc.stringMatching(/^[a-z0-9 .;]{1,60}$/), { maxLength: 4 });
  fc.assert(
    fc.property(source, traces, fc.boolean(), (original, received, crlf) => {
      const added = received.map((by) => `Received: from ${by}\r\nX-Spam-Score: ${by.length}\r\n`).join('');
      const lf = Buffer.concat([Buffer.from(`${added}Delivered-To: x@y.example\r\n`), original])
        .toString('latin1')
        .replaceAll('\r\n', '\n');
      const other = Buffer.from(crlf ? lf.replaceAll('\n', '\r\n') : lf, 'latin1');
      const [a, b] = [original, other].map((bytes) => parseMessage(bytes, { internalDate: ARRIVED }));
      expect(b?.identity).toBe(a?.identity);
      expect(b?.fingerprint).toBe(a?.fingerprint);
    }),
    { numRuns: 200 },
  );
});

test('the reader of our own and the stock parser agree on ordinary mail', async () => {
  const squeezed = (text: string | null) => (text ?? '').replace(/[\s\u0080-\u009f]+/g, ' ').trim();
  for (const { source, shape } of makeMailbox({ count: 300, seed: 11, owner: 'rep@throughline.example' })) {
    if (['forwarded', 'bounce', 'charset', 'invite'].includes(shape)) continue;
    const { header, bodyStart } = readHeader(source);
    const fast = readBody(source, header, bodyStart);
    const stock = await PostalMime.parse(source);
    if (fast.html === null) expect(squeezed(fast.text), shape).toBe(squeezed(stock.text ?? null));
    expect(squeezed(fast.html ?? null), shape).toBe(squeezed(stock.html ?? null));
    expect(
      fast.attachments.map(({ content }) => content().length),
      shape,
    ).toEqual(stock.attachments.map(({ content }) => Buffer.from(content as ArrayBuffer).length));
  }
});
