import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';

const ann = { user: 'ann@example.test', pass: 'secret-of-ann' };
let dovecot: TestDovecot;

beforeAll(async () => {
  dovecot = await startDovecot({ [ann.user]: ann.pass });
});

afterAll(() => dovecot?.stop());

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
  await dovecot.addUser('eve@example.test', 'old');
  const wrong = new ImapFlow({ ...door, auth: { user: 'eve@example.test', pass: 'new' } });
  await expect(wrong.connect()).rejects.toMatchObject({ authenticationFailed: true });
  await dovecot.addUser('eve@example.test', 'new');
  const client = await dovecot.connect('eve@example.test');
  expect(client.authenticated).toBeTruthy();
  await client.logout();
});

test('a removed user cannot sign in any more', async () => {
  await dovecot.addUser('gone@example.test', 'word');
  await dovecot.removeUser('gone@example.test');
  await expect(dovecot.connect('gone@example.test')).rejects.toMatchObject({ authenticationFailed: true });
});
