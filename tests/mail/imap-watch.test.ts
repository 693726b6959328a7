import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { imapServers } from '../../integrations/imap/imap.ts';
import { MailServerError } from '../../integrations/mail-error.ts';
import type { FolderChange, MailConnection, MailServerSettings } from '../../src/email/mail.ports.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { eventually } from '../support/wait.ts';

const REP = 'rep@throughline.example';
let dovecot: TestDovecot;
let settings: MailServerSettings;
const dial = async () => '127.0.0.1';

beforeAll(async () => {
  dovecot = await startDovecot({ [REP]: 'secret' });
  settings = {
    host: 'localhost',
    port: dovecot.ports.imap,
    security: 'starttls',
    auth: { type: 'password', username: REP, password: 'secret' },
  };
});
afterAll(() => dovecot?.stop());

const servers = () => imapServers({ dial, tlsCa: readFileSync(dovecot.certificate, 'utf8'), timeoutMs: 30_000 });
const as = (username: string): MailServerSettings => ({ ...settings, auth: { type: 'password', username, password: 'secret' } });
const letter = (subject: string) =>
  Buffer.from(`From: a@b.example\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@b.example>\r\n\r\nHi\r\n`);

async function using<T>(who: string, work: (connection: MailConnection) => Promise<T>): Promise<T> {
  const connection = await servers().connect(as(who));
  return await work(connection).finally(() => connection.close());
}

test('a watched folder tells of new mail without being asked, also after other commands', async () => {
  const proxy = await between();
  const connection = await servers().connect({ ...settings, port: proxy.port, security: 'none' });
  const changes: FolderChange[] = [];
  const askedAt: number[] = [];
  await connection.watch('INBOX', (change) => {
    changes.push(change);
    askedAt.push(proxy.commands());
  });
  for (const subject of ['first', 'second']) {
    await connection.searchUids({ path: 'Archive' });
    changes.length = askedAt.length = 0;
    await eventually(() => proxy.isIdle());
    const asked = proxy.commands();
    await dovecot.import(REP, [letter(subject)]);
    await eventually(() => changes.length > 0);
    expect(changes[0]).toEqual({ path: 'INBOX', kind: 'arrived' });
    expect(askedAt[0]).toBe(asked);
  }
  await connection.close();
  proxy.close();
});

test('what came while another folder was open is told when the watch goes on', async () => {
  await using(REP, async (connection) => {
    const changes: FolderChange[] = [];
    await connection.watch('INBOX', (change) => changes.push(change));
    const busy = [
      connection.searchUids({ path: 'Archive' }),
      dovecot.import(REP, [letter('meanwhile')]),
      connection.status('Sent'),
    ];
    await Promise.all(busy);
    await eventually(() => changes.some(({ kind, path }) => kind === 'arrived' && path === 'INBOX'));
  });
});

test('`closed` tells whether we left or were thrown out, and later commands say unreachable', async () => {
  const connection = await servers().connect(settings);
  await connection.close();
  expect(await connection.closed).toBeNull();
  await expect(connection.listFolders()).rejects.toMatchObject({ kind: 'unreachable' });

  const other = await startDovecot({ [REP]: 'secret' });
  const cut = await imapServers({ dial, allowInvalidCertificate: true }).connect({ ...settings, port: other.ports.imap });
  await cut.watch('INBOX', () => undefined);
  await other.stop();
  const why = await cut.closed;
  expect(why).toBeInstanceOf(MailServerError);
  expect(why?.kind).toBe('unreachable');
});

interface Between {
  port: number;
  /** How often we have said something. */
  commands(): number;
  /** Whether our last word was IDLE, and Dovecot has taken it. */
  isIdle(): boolean;
  fallSilent(): void;
  close(): void;
}

/** Stands between us and Dovecot: hears what is said, can hide that Dovecot knows IDLE, and can fall silent. */
async function between({ hideIdle = false } = {}): Promise<Between> {
  let silent = false;
  let commands = 0;
  let asked = '';
  let idle = false;
  const proxy = createServer((near) => {
    const far = connect(dovecot.ports.imap, '127.0.0.1');
    near.on('data', (data) => {
      commands += 1;
      asked = data.toString('latin1');
      idle = false;
      if (!silent) far.write(data);
    });
    far.on('data', (data) => {
      const answer = data.toString('latin1');
      idle ||= asked.endsWith(' IDLE\r\n') && answer.startsWith('+ ');
      if (!silent) near.write(hideIdle ? answer.replaceAll(' IDLE', '') : answer, 'latin1');
    });
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as { port: number }).port,
    commands: () => commands,
    isIdle: () => idle,
    fallSilent: () => {
      silent = true;
    },
    close: () => proxy.close(),
  };
}

test('without IDLE a watched folder is polled, and a server that falls silent is unreachable', async () => {
  const proxy = await between({ hideIdle: true });
  const poor = imapServers({ dial, timeoutMs: 3_000, pollMs: 200 });
  const connection = await poor.connect({ ...settings, port: proxy.port, security: 'none' });
  expect(connection.capabilities.has('IDLE')).toBe(false);
  const changes: FolderChange[] = [];
  await connection.watch('INBOX', (change) => changes.push(change));
  await dovecot.import(REP, [letter('polled')]);
  await eventually(() => changes.some(({ kind }) => kind === 'arrived'));
  proxy.fallSilent();
  await expect(connection.listFolders()).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('no answer within 3 s'),
  });
  expect((await connection.closed)?.kind).toBe('unreachable');
  proxy.close();
});

test('a watch whose folder was deleted ends the connection with the reason', async () => {
  const client = await dovecot.connect(REP);
  await client.mailboxCreate('Passing');
  const connection = await servers().connect(settings);
  await connection.watch('Passing', () => undefined);
  const looking = connection.searchUids({ path: 'INBOX' });
  const status = connection.status('Sent');
  const later = Promise.all([
    looking,
    status,
    client.mailboxDelete('Passing').then(() => connection.searchUids({ path: 'INBOX' })),
  ]);
  await later.catch(() => undefined);
  expect((await connection.closed)?.name).toBe('MailError');
  await client.logout();
});
