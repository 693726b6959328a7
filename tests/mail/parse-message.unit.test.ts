import { expect, test } from 'vitest';
import { MalformedMessage, parseMessage, readAttachment } from '../../src/email/message.rules.ts';
import { ARRIVED, corpusNames, corpusSource, parsedCorpus } from './corpus.ts';

test('a plain message is read with its people, its text and its date', () => {
  const message = parsedCorpus('thread-1-opening');
  expect(message).toMatchObject({
    messageId: 'CAF001@mail.acme.example',
    from: { address: 'anna.mueller@acme.example', name: 'Anna Müller' },
    to: [{ address: 'rep@throughline.example', name: 'Rep' }],
    subject: 'Offer for 40 licences',
    sentAt: new Date('2026-01-12T08:14:01Z'),
    kind: 'human',
    html: null,
    truncated: false,
    damaged: false,
  });
  expect(message.text).toContain('Our budget is € 20\u00a0000.');
  expect(message.snippet).toMatch(/^Hello, could you make us an offer/);
});

test.each([
  ['charset-windows-1252', '“Offer” – 40 € … naïve'],
  ['charset-windows-1252-as-latin1', '“Offer” – 40 €'],
  ['charset-iso-8859-15', 'Prix : 40 € à Orléans'],
  ['charset-koi8-r', 'Привет из Москвы'],
  ['charset-gb18030', '您好，谢谢'],
  ['charset-shift-jis', 'こんにちは'],
  ['charset-iso-2022-jp', '会議は木曜日です'],
  ['charset-unknown', 'Grüße'],
  ['charset-utf-7', 'Gr+APwA3w-e'],
  ['raw-8bit-header', 'Grüße'],
  ['lf-only-html-base64', 'Größe > 10'],
])('%s is decoded', (name, text) => {
  expect(parsedCorpus(name).text).toBe(text);
});

test.each([
  ['words-broken-over-tokens', 'Angebot für die Wartung und Pflege der Geräte – März 🙂'],
  ['raw-8bit-header', 'Rückfrage für März'],
  ['charset-koi8-r', 'Привет'],
  ['charset-iso-2022-jp', '会議'],
  ['nul-bytes-and-surrogates', 'nulled'],
])('the subject of %s is decoded', (name, subject) => {
  expect(parsedCorpus(name).subject).toBe(subject);
});

test('attachments have their decoded names and sizes, and are read by their index', () => {
  const pdf = parsedCorpus('attachment-pdf');
  expect(pdf.attachments).toMatchObject([
    { index: 0, filename: 'Vertrag Müller 2026.pdf', contentType: 'application/pdf', size: 15 },
  ]);
  expect(String(Buffer.from(readAttachment(corpusSource('attachment-pdf'), 0)!))).toBe('%PDF-1.4\n%%EOF\n');
  expect(readAttachment(corpusSource('attachment-pdf'), 1)).toBeNull();
  const [excel] = parsedCorpus('attachment-name-encoded-word').attachments;
  expect(excel?.filename).toBe('Bericht über März.xls');
});

test('an inline image is marked as such and keeps its content id', () => {
  const { attachments, text, html } = parsedCorpus('inline-image');
  expect(attachments).toMatchObject([{ contentId: 'logo@stark', inline: true }]);
  expect(text).toBe('Plain words.');
  expect(html).toContain('cid:logo@stark');
});

test('text is made from HTML when there is no other', () => {
  expect(parsedCorpus('list-newsletter').text).toBe('All the news & more');
});

test('a forwarded message is part of the text', () => {
  const { text, attachments } = parsedCorpus('forwarded-message');
  expect(text).toMatch(/^Please see below\.[\s\S]*From: Depot <depot@globex\.example>[\s\S]*The pallets are at the gate\.$/);
  expect(attachments).toEqual([]);
});

test('flowed lines are joined, and the snippet leaves the quoted history out', () => {
  const reply = parsedCorpus('thread-2-reply');
  expect(reply.text).toMatch(/^With pleasure, the offer follows today\./);
  expect(reply.snippet).toBe('With pleasure, the offer follows today.');
});

test('broken MIME loses no words', () => {
  const cut = parsedCorpus('broken-mime-no-closing-boundary');
  expect(cut.text).toBe('The first form.');
  expect(cut.attachments).toHaveLength(1);
  expect(parsedCorpus('broken-mime-wrong-boundary')).toMatchObject({
    text: expect.stringContaining('not be lost'),
    damaged: true,
  });
});

test('groups, odd addresses and a thousand recipients are read', () => {
  const odd = parsedCorpus('group-and-odd-addresses');
  expect(odd.from).toEqual({ address: 'sean@oneill.example', name: "O'Neill, Seán (Sales)" });
  expect(odd.to.map((person) => person.address)).toEqual(['a@acme.example', 'b@acme.example', 'c@xn--mnchen-3ya.example']);
  expect(odd.sentAt).toEqual(new Date('2026-01-15T12:00:00Z'));
  expect(parsedCorpus('thousand-recipients').to).toHaveLength(1_000);
});

test('an absurd or missing date gives way to the arrival', () => {
  expect(parsedCorpus('bad-date').sentAt).toEqual(ARRIVED);
  const undated = parseMessage(Buffer.from('From: a@b.example\r\nDate: soon\r\n\r\n'), { internalDate: ARRIVED });
  expect(undated.sentAt).toEqual(ARRIVED);
});

test('a message over the limit is read as header only and marked', () => {
  const message = parseMessage(corpusSource('attachment-pdf'), { internalDate: ARRIVED, maxBytes: 500 });
  expect(message).toMatchObject({ truncated: true, subject: 'Contract draft', text: '', attachments: [] });
});

test.each([
  ['', 'empty'],
  ['\r\n\r\n', 'empty'],
  ['no header at all', 'no_header'],
  ['\u0000\u0001\u0002\u00ff: binary', 'no_header'],
])('%j is malformed', (source, reason) => {
  const parsing = () => parseMessage(Buffer.from(source, 'latin1'), { internalDate: ARRIVED });
  expect(parsing).toThrow(MalformedMessage);
  expect(parsing).toThrow(expect.objectContaining({ reason }));
});

test('nothing in the corpus yields NUL or lone surrogates', () => {
  for (const name of corpusNames()) {
    const { header: _, ...message } = parsedCorpus(name);
    const stored = JSON.stringify(message);
    expect(stored, name).not.toMatch(/\\u0000|\\ud[89a-f]/i);
  }
});

test('hostile structures cost little', () => {
  const begun = process.cpuUsage();
  const boundaries = `From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n${'--x\r\n'.repeat(1_000_000)}`;
  expect(parseMessage(Buffer.from(boundaries), { internalDate: ARRIVED })).toMatchObject({ damaged: true });
  const params = `From: a@b.example\r\nContent-Type: text/plain${';a="'.repeat(200_000)}\r\n\r\nx`;
  expect(parseMessage(Buffer.from(params), { internalDate: ARRIVED }).text).toBe('x');
  const nested = Array.from({ length: 2_000 }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`).join(
    '',
  );
  expect(parseMessage(Buffer.from(`From: a@b.example\r\n${nested}`), { internalDate: ARRIVED })).toMatchObject({ damaged: true });
  const words = `From: a@b.example\r\nSubject: ${'=?utf-8?Q?=C3?= '.repeat(50_000)}\r\nReferences: ${'<a'.repeat(300_000)}\r\n\r\n`;
  parseMessage(Buffer.from(words), { internalDate: ARRIVED });
  const tags = `From: a@b.example\r\nContent-Type: text/html\r\n\r\n${'<div><table><style '.repeat(200_000)}`;
  parseMessage(Buffer.from(tags), { internalDate: ARRIVED });
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(10_000);
});
