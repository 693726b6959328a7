import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { smtpServers } from '../../integrations/smtp/smtp.ts';
import type { MailDraft, MailServerSettings } from '../../src/email/mail.ports.ts';
import { parseMessage } from '../../src/email/message.rules.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { freePorts } from '../support/servers/place.ts';
import { startPostfix, type TestPostfix } from '../support/servers/postfix.ts';
import { eventually } from '../support/wait.ts';

const REP = 'rep@throughline.example';
const ANNA = 'anna@throughline.example';
const BOSS = 'boss@throughline.example';
let dovecot: TestDovecot;
let postfix: TestPostfix;
let settings: MailServerSettings;
const dial = async () => '127.0.0.1';

beforeAll(async () => {
  dovecot = await startDovecot({ [REP]: 'secret', [ANNA]: 'secret', [BOSS]: 'secret' });
  postfix = await startPostfix({ domains: ['throughline.example'], dovecot });
  settings = {
    host: 'localhost',
    port: postfix.ports.submission,
    security: 'starttls',
    auth: { type: 'password', username: REP, password: 'secret' },
  };
});
afterAll(async () => {
  await postfix?.stop();
  await dovecot?.stop();
});

const servers = () => smtpServers({ dial, tlsCa: readFileSync(postfix.certificate, 'utf8'), timeoutMs: 30_000 });
const draft = (change: Partial<MailDraft> = {}): MailDraft => ({
  from: { address: REP, name: 'Rep Müller' },
  to: [{ address: ANNA, name: 'Anna' }],
  bcc: [{ address: BOSS }],
  subject: 'Angebot für März – 🙂',
  text: 'Hello Anna\n.\nA line with one dot stands above.',
  messageId: 'send-1@throughline.example',
  date: new Date('2026-01-12T08:14:01Z'),
  ...change,
});

async function inbox(who: string): Promise<Buffer[]> {
  const client = await dovecot.connect(who);
  await client.mailboxOpen('INBOX');
  const found = await client.fetchAll('1:*', { source: true }).catch(() => []);
  await client.logout();
  return found.map((message) => message.source!);
}

test('a composed message holds its ids, its date and its words, and nothing of bcc', async () => {
  const mail = await servers().compose(draft({ html: '<p>Hello</p>', inReplyTo: '<a@x>', references: ['r@x', '<a@x>'] }));
  expect(mail.envelope).toEqual({ from: REP, to: [ANNA, BOSS] });
  expect(Buffer.from(mail.source).toString('latin1')).not.toMatch(/boss@|^bcc:/im);
  const message = parseMessage(mail.source, { internalDate: new Date('2026-01-13') });
  expect(message).toMatchObject({
    messageId: 'send-1@throughline.example',
    inReplyTo: ['a@x'],
    references: ['r@x', 'a@x'],
    from: { address: REP, name: 'Rep Müller' },
    to: [{ address: ANNA, name: 'Anna' }],
    subject: 'Angebot für März – 🙂',
    sentAt: new Date('2026-01-12T08:14:01Z'),
    html: '<p>Hello</p>',
    kind: 'human',
  });
});

test('a message that is sent reaches all recipients, by STARTTLS and by TLS', async () => {
  const mail = await servers().compose(draft());
  const sent = await servers().send(settings, mail);
  expect(sent).toMatchObject({ accepted: [ANNA, BOSS], refused: [], response: expect.stringMatching(/^250 /) });
  await servers().send({ ...settings, security: 'tls', port: postfix.ports.submissions }, mail);
  const [first] = await eventually(async () => {
    const found = await inbox(BOSS);
    return found.length === 2 && found;
  });
  const arrived = parseMessage(first!, { internalDate: new Date() });
  const ours = parseMessage(mail.source, { internalDate: new Date() });
  expect(arrived.identity).toBe(ours.identity);
  expect(arrived.text).toBe('Hello Anna\n.\nA line with one dot stands above.');
});

test('the settings are tested: right, wrong password, unreachable, refused host, untrusted certificate', async () => {
  expect(await servers().testSmtp(settings)).toEqual({ ok: true });
  const wrong = { ...settings, auth: { ...settings.auth, password: 'wrong' } };
  expect(await servers().testSmtp(wrong)).toEqual({
    ok: false,
    code: 'rejected',
    message: expect.stringMatching(/^535 .*authentication fail/i),
  });
  const [closed = 0] = await freePorts(1);
  expect(await servers().testSmtp({ ...settings, port: closed })).toMatchObject({ ok: false, code: 'unreachable' });
  const strict = smtpServers({ dial: () => Promise.reject(new Error('a private address')) });
  expect(await strict.testSmtp(settings)).toEqual({ ok: false, code: 'refused_host', message: 'a private address' });
  expect(await smtpServers({ dial }).testSmtp(settings)).toMatchObject({ ok: false, code: 'tls' });
});

/** A server that answers each line by `answer`, without TLS and sign-in checks; null ends the connection. */
async function scripted(answer: (line: string) => string | null): Promise<{ port: number; close(): void }> {
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.write('220 scripted\r\n');
    socket.on('data', (data) => {
      for (const line of String(data).split('\r\n').filter(Boolean)) {
        const said = answer(line);
        if (said === null) socket.destroy();
        else if (said) socket.write(`${said}\r\n`);
      }
    });
  }).listen(0, '127.0.0.1');
  await eventually(() => server.listening);
  return { port: (server.address() as { port: number }).port, close: () => server.close() };
}

const polite = (line: string): string => {
  if (line.startsWith('EHLO')) return '250-scripted\r\n250 AUTH PLAIN';
  if (line.startsWith('AUTH')) return '235 welcome';
  if (line === 'DATA') return '354 go on';
  if (line === 'STARTTLS') return '502 5.5.1 not here';
  return /^(MAIL|RCPT|QUIT)/.test(line) ? '250 ok' : '';
};

test('without STARTTLS on offer nothing is sent, not even the password', async () => {
  const heard: string[] = [];
  const server = await scripted((line) => {
    heard.push(line);
    return polite(line);
  });
  expect(await servers().testSmtp({ ...settings, port: server.port })).toMatchObject({ ok: false, code: 'tls' });
  expect(heard.join()).not.toMatch(/AUTH|MAIL/);
  server.close();
});

test('refused recipients are told one by one, and a message refused for all is refused', async () => {
  const picky = await scripted((line) =>
    line.includes(BOSS) ? '550 5.1.1 no boss here' : line === '.' ? '250 queued' : polite(line),
  );
  const plain = { ...settings, port: picky.port, security: 'none' as const };
  expect(await servers().send(plain, await servers().compose(draft()))).toMatchObject({
    accepted: [ANNA],
    refused: [{ address: BOSS, message: expect.stringContaining('no boss here'), permanent: true }],
  });
  const onlyBoss = await servers().compose(draft({ to: [{ address: BOSS }], bcc: [] }));
  await expect(servers().send(plain, onlyBoss)).rejects.toMatchObject({ kind: 'refused_message', permanent: true });
  picky.close();
});

test('a connection lost after the message was handed over leaves it in doubt; before that it does not', async () => {
  const mail = await servers().compose(draft());
  const mute = await scripted((line) => (line === '.' ? null : polite(line)));
  await expect(servers().send({ ...settings, port: mute.port, security: 'none' }, mail)).rejects.toMatchObject({
    kind: 'unreachable',
    inDoubt: true,
  });
  mute.close();
  const rude = await scripted((line) => (line === 'DATA' ? null : polite(line)));
  const early = await servers()
    .send({ ...settings, port: rude.port, security: 'none' }, mail)
    .catch((error: unknown) => error);
  expect(early).toMatchObject({ kind: 'unreachable' });
  expect(early).not.toHaveProperty('inDoubt');
  rude.close();
});
