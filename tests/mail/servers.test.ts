import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accepts } from '../../bin/stack/process.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { startPostfix, type TestPostfix } from '../support/servers/postfix.ts';
import { eventually } from '../support/wait.ts';

const ann = { user: 'ann@example.test', pass: 'secret-of-ann' };
let dovecot: TestDovecot;
let postfix: TestPostfix;

beforeAll(async () => {
  dovecot = await startDovecot({ [ann.user]: ann.pass });
  postfix = await startPostfix({ domains: ['example.test'], dovecot });
});

afterAll(async () => {
  await postfix?.stop();
  await dovecot?.stop();
});

describe('the Dovecot of the tests', () => {
  test('takes messages by APPEND and gives them back byte for byte', async () => {
    const raw = 'From: bob@else.test\r\nTo: ann@example.test\r\nSubject: hello\r\n\r\nbody\r\n';
    await dovecot.import(ann.user, [raw], { folder: 'Archive/2024', flags: ['\\Seen'] });
    const client = await dovecot.connect(ann.user);
    const box = await client.mailboxOpen('Archive/2024');
    const message = await client.fetchOne('*', { source: true, flags: true });
    await client.logout();
    expect(box.exists).toBe(1);
    if (!message) throw new Error('no message');
    expect(message.source?.toString()).toBe(raw);
    expect([...(message.flags ?? [])]).toContain('\\Seen');
  });

  test('offers CONDSTORE and QRESYNC', async () => {
    const client = await dovecot.connect(ann.user);
    const names = [...client.capabilities.keys()];
    await client.logout();
    expect(names).toEqual(expect.arrayContaining(['CONDSTORE', 'QRESYNC', 'IDLE', 'SPECIAL-USE']));
  });

  test.for([
    { door: 'TLS', secure: true },
    { door: 'STARTTLS', secure: false },
  ])('signs in over $door', async ({ secure }) => {
    const port = secure ? dovecot.ports.imaps : dovecot.ports.imap;
    const tls = { rejectUnauthorized: false };
    const client = new ImapFlow({ host: dovecot.host, port, secure, doSTARTTLS: !secure, auth: ann, tls, logger: false });
    await client.connect();
    expect(client.secureConnection).toBe(true);
    await client.logout();
  });

  test('refuses a wrong password, and takes a new one', async () => {
    const door = { host: dovecot.host, port: dovecot.ports.imap, secure: false, doSTARTTLS: false, logger: false } as const;
    dovecot.addUser('eve@example.test', 'old');
    const wrong = new ImapFlow({ ...door, auth: { user: 'eve@example.test', pass: 'new' } });
    await expect(wrong.connect()).rejects.toMatchObject({ authenticationFailed: true });
    dovecot.addUser('eve@example.test', 'new');
    const client = await dovecot.connect('eve@example.test');
    expect(client.authenticated).toBeTruthy();
    await client.logout();
  });
});

describe('the Postfix of the tests', () => {
  const submission = () => ({ host: postfix.host, port: postfix.ports.submission, tls: { rejectUnauthorized: false } });

  test('takes a mail over submission and it arrives in Dovecot', async () => {
    await createTransport({ ...submission(), auth: ann }).sendMail({
      from: ann.user,
      to: ann.user,
      subject: 'to myself',
      text: 'hi',
    });
    const subject = await eventually(async () => {
      const client = await dovecot.connect(ann.user);
      await client.mailboxOpen('INBOX');
      const message = await client.fetchOne('*', { envelope: true }).finally(() => client.logout());
      return message ? message.envelope?.subject : undefined;
    });
    expect(subject).toBe('to myself');
  });

  test('takes a mail to an outside address over TLS and throws it away', async () => {
    const options = { ...submission(), port: postfix.ports.submissions, secure: true, auth: ann };
    const sent = await createTransport(options).sendMail({ from: ann.user, to: 'bob@else.test', subject: 'out', text: 'hi' });
    expect(sent.accepted).toEqual(['bob@else.test']);
    await eventually(() => /to=<bob@else\.test>.*status=sent \(outside the tests\)/.test(postfix.log()));
  });

  test('refuses to take mail without a password and with a wrong one', async () => {
    const mail = { from: ann.user, to: ann.user, text: 'hi' };
    await expect(createTransport(submission()).sendMail(mail)).rejects.toMatchObject({ responseCode: 554 });
    const wrong = createTransport({ ...submission(), auth: { ...ann, pass: 'wrong' } });
    await expect(wrong.sendMail(mail)).rejects.toMatchObject({ responseCode: 535 });
  });

  test('ends with all its processes when it is stopped', async () => {
    const other = await startPostfix({ domains: ['example.test'], dovecot, auth: false });
    await createTransport({ host: other.host, port: other.ports.submission, ignoreTLS: true }).sendMail({
      from: ann.user,
      to: ann.user,
      text: 'x',
    });
    await other.stop();
    await eventually(async () => !(await accepts(other.ports.submission)));
  });
});
