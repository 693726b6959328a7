import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
