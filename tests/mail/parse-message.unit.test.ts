import { expect, test } from 'vitest';
import { MalformedMessage, parseMessage, readAttachment } from '../../src/email/message.rules.ts';
import { ARRIVED, corpusNames, corpusSource, parsedCorpus } from './corpus.ts';

test('a plain message is read with its people, its text and its date', async () => {
  const message = await parsedCorpus('thread-1-opening');
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
])('%s is decoded', async (name, text) => {
  expect((await parsedCorpus(name)).text).toBe(text);
});

test.each([
  ['words-broken-over-tokens', 'Angebot für die Wartung und Pflege der Geräte – März 🙂'],
  ['raw-8bit-header', 'Rückfrage für März'],
  ['charset-koi8-r', 'Привет'],
  ['charset-iso-2022-jp', '会議'],
  ['nul-bytes-and-surrogates', 'nulled'],
])('the subject of %s is decoded', async (name, subject) => {
  expect((await parsedCorpus(name)).subject).toBe(subject);
});

test('attachments have their decoded names and sizes, and are read by their index', async () => {
  const pdf = await parsedCorpus('attachment-pdf');
  expect(pdf.attachments).toMatchObject([
    { index: 0, filename: 'Vertrag Müller 2026.pdf', contentType: 'application/pdf', size: 15 },
  ]);
  expect(String(Buffer.from((await readAttachment(corpusSource('attachment-pdf'), 0))!))).toBe('%PDF-1.4\n%%EOF\n');
  expect(await readAttachment(corpusSource('attachment-pdf'), 1)).toBeNull();
  const [excel] = (await parsedCorpus('attachment-name-encoded-word')).attachments;
  expect(excel?.filename).toBe('Bericht über März.xls');
});

test('an inline image is marked as such and keeps its content id', async () => {
  const { attachments, text, html } = await parsedCorpus('inline-image');
  expect(attachments).toMatchObject([{ contentId: 'logo@stark', inline: true }]);
  expect(text).toBe('Plain words.');
  expect(html).toContain('cid:logo@stark');
});

test('text is made from HTML when there is no other', async () => {
  expect((await parsedCorpus('list-newsletter')).text).toBe('All the news & more');
});

test('a forwarded message is part of the text', async () => {
  const { text, attachments } = await parsedCorpus('forwarded-message');
  expect(text).toMatch(/^Please see below\.[\s\S]*From: Depot <depot@globex\.example>[\s\S]*The pallets are at the gate\.$/);
  expect(attachments).toEqual([]);
});

test('flowed lines are joined, and the snippet leaves the quoted history out', async () => {
  const reply = await parsedCorpus('thread-2-reply');
  expect(reply.text).toMatch(/^With pleasure, the offer follows today\./);
  expect(reply.snippet).toBe('With pleasure, the offer follows today.');
});

test('broken MIME loses no words', async () => {
  const cut = await parsedCorpus('broken-mime-no-closing-boundary');
  expect(cut.text).toBe('The first form.');
  expect(cut.attachments).toHaveLength(1);
  expect((await parsedCorpus('broken-mime-wrong-boundary')).text).toContain('Words that should not be lost.');
});

test('groups, odd addresses and a thousand recipients are read', async () => {
  const odd = await parsedCorpus('group-and-odd-addresses');
  expect(odd.from).toEqual({ address: 'sean@oneill.example', name: "O'Neill, Seán (Sales)" });
  expect(odd.to.map((person) => person.address)).toEqual(['a@acme.example', 'b@acme.example', 'c@xn--mnchen-3ya.example']);
  expect(odd.sentAt).toEqual(new Date('2026-01-15T12:00:00Z'));
  expect((await parsedCorpus('thousand-recipients')).to).toHaveLength(1_000);
});

test('an absurd or missing date gives way to the arrival', async () => {
  expect((await parsedCorpus('bad-date')).sentAt).toEqual(ARRIVED);
  const undated = await parseMessage(Buffer.from('From: a@b.example\r\nDate: soon\r\n\r\n'), { internalDate: ARRIVED });
  expect(undated.sentAt).toEqual(ARRIVED);
});

test('a message over the limit is read as header only and marked', async () => {
  const message = await parseMessage(corpusSource('attachment-pdf'), { internalDate: ARRIVED, maxBytes: 500 });
  expect(message).toMatchObject({ truncated: true, subject: 'Contract draft', text: '', attachments: [] });
});

test.each([
  ['', 'empty'],
  ['\r\n\r\n', 'empty'],
  ['no header at all', 'no_header'],
  ['\u0000\u0001\u0002\u00ff: binary', 'no_header'],
])('%j is malformed', async (source, reason) => {
  const parsing = parseMessage(Buffer.from(source, 'latin1'), { internalDate: ARRIVED });
  await expect(parsing).rejects.toThrow(MalformedMessage);
  await expect(parsing).rejects.toMatchObject({ reason });
});

test('nothing in the corpus yields NUL or lone surrogates', async () => {
  for (const name of corpusNames()) {
    const { header: _, ...message } = await parsedCorpus(name);
    const stored = JSON.stringify(message);
    expect(stored, name).not.toMatch(/\\u0000|\\ud[89a-f]/i);
  }
});
