import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { imapServers } from '../../integrations/imap/imap.ts';
import type { MailConnection, MailServerSettings, RawMessage } from '../../src/email/mail.ports.ts';
import { makeMailbox } from '../support/mail-corpus.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { freePorts } from '../support/servers/place.ts';
import { eventually } from '../support/wait.ts';

const REP = 'rep@throughline.example';
const BUSY = 'busy@throughline.example';
let dovecot: TestDovecot;
let settings: MailServerSettings;
const dialled: string[] = [];
const dial = async (host: string) => {
  dialled.push(host);
  return '127.0.0.1';
};

beforeAll(async () => {
  dovecot = await startDovecot({ [REP]: 'secret', [BUSY]: 'secret' });
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

async function all(batches: AsyncIterable<RawMessage[]>): Promise<RawMessage[]> {
  const messages: RawMessage[] = [];
  for await (const batch of batches) messages.push(...batch);
  return messages;
}

test('signs in by STARTTLS and by TLS, at the address the dialer gives', async () => {
  expect(await servers().testImap(settings)).toEqual({ ok: true });
  expect(await servers().testImap({ ...settings, security: 'tls', port: dovecot.ports.imaps })).toEqual({ ok: true });
  expect(dialled).toContain('localhost');
});

test('a wrong password is rejected, in the words of the server', async () => {
  const wrong = { ...settings, auth: { ...settings.auth, password: 'wrong' } };
  expect(await servers().testImap(wrong)).toEqual({
    ok: false,
    code: 'rejected',
    message: expect.stringMatching(/authentication failed/i),
  });
  await expect(servers().connect(wrong)).rejects.toMatchObject({ name: 'MailError', kind: 'rejected' });
});

test('a closed port, an unknown name and a silent server are unreachable', async () => {
  const [closed = 0] = await freePorts(1);
  expect(await servers().testImap({ ...settings, port: closed })).toMatchObject({ ok: false, code: 'unreachable' });
  const lost = imapServers({ dial: () => Promise.reject(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' })) });
  expect(await lost.testImap(settings)).toEqual({ ok: false, code: 'unreachable', message: 'no such host' });
  const silent = createServer().listen(0, '127.0.0.1');
  await eventually(() => silent.listening);
  const port = (silent.address() as { port: number }).port;
  const hasty = imapServers({ dial, timeoutMs: 300 });
  expect(await hasty.testImap({ ...settings, port, security: 'none' })).toMatchObject({ ok: false, code: 'unreachable' });
  silent.close();
});

test('a host that the dialer refuses is never connected to', async () => {
  const strict = imapServers({ dial: () => Promise.reject(new Error('10.0.0.1 is a private address')) });
  expect(await strict.testImap(settings)).toEqual({ ok: false, code: 'refused_host', message: '10.0.0.1 is a private address' });
});

test('STARTTLS that is not on offer, or a certificate nobody vouches for, is a TLS failure', async () => {
  const plain = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('* OK [CAPABILITY IMAP4rev1] ready\r\n');
    socket.on('data', (line) => {
      const [tag] = String(line).split(' ');
      socket.write(
        /LOGIN|AUTHENTICATE/i.test(String(line))
          ? `${tag} NO a password came in plain\r\n`
          : `* CAPABILITY IMAP4rev1\r\n${tag} OK done\r\n`,
      );
    });
  }).listen(0, '127.0.0.1');
  await eventually(() => plain.listening);
  const { port } = plain.address() as { port: number };
  expect(await servers().testImap({ ...settings, port })).toMatchObject({ ok: false, code: 'tls' });
  plain.close();
  const untrusting = imapServers({ dial, timeoutMs: 30_000 });
  expect(await untrusting.testImap(settings)).toMatchObject({ ok: false, code: 'tls' });
  expect(await untrusting.testImap({ ...settings, security: 'tls', port: dovecot.ports.imaps })).toMatchObject({
    ok: false,
    code: 'tls',
  });
  const pinned = imapServers({ dial, allowInvalidCertificate: true });
  expect(await pinned.testImap(settings)).toEqual({ ok: true });
});

test('folders have their roles and counts', async () => {
  const folders = await using(REP, (connection) => connection.listFolders({ status: true }));
  expect(Object.fromEntries(folders.map(({ path, role }) => [path, role]))).toMatchObject({
    INBOX: 'inbox',
    Sent: 'sent',
    Drafts: 'drafts',
    Trash: 'trash',
    Junk: 'junk',
  });
  expect(folders.find(({ path }) => path === 'INBOX')?.status).toMatchObject({
    uidNext: expect.any(Number),
    highestModseq: expect.any(BigInt),
  });
  await expect(using(REP, (connection) => connection.status('Nowhere'))).rejects.toMatchObject({ kind: 'no_such_folder' });
  await expect(using(REP, (connection) => connection.searchUids({ path: 'Nowhere' }))).rejects.toMatchObject({
    kind: 'no_such_folder',
  });
});

test('a thousand messages come whole, in the order asked for, and commands may run between the batches', async () => {
  // Dovecot itself replaces NUL bytes.
  const sources = [...makeMailbox({ count: 1_000, seed: 3, owner: BUSY })].map(({ source }) =>
    Buffer.from(source.filter((byte) => byte !== 0)),
  );
  await dovecot.import(BUSY, sources);
  await using(BUSY, async (connection) => {
    const folder = { path: 'INBOX', uidValidity: (await connection.status('INBOX')).uidValidity };
    const uids = await connection.searchUids(folder);
    expect(uids).toHaveLength(1_000);
    const newestFirst = uids.toReversed();
    const seen: RawMessage[] = [];
    for await (const batch of connection.fetchMessages(folder, newestFirst, { batchCount: 300 })) {
      expect(batch.length).toBeLessThanOrEqual(300);
      expect((await connection.status('Sent')).exists).toBe(0);
      seen.push(...batch);
    }
    expect(seen.map((message) => message.uid)).toEqual(newestFirst);
    expect(seen.every((message, index) => sources.at(-1 - index)?.equals(message.source))).toBe(true);
    expect(seen[0]).toMatchObject({ truncated: false, flags: [], internalDate: expect.any(Date) });
    expect((await connection.fetchFlags(folder, { uids: uids.slice(0, 5) })).map(({ uid }) => uid)).toEqual(uids.slice(0, 5));
  });
});

test('UIDs are found by range, day and Message-ID; those that are gone are left out', async () => {
  await using(REP, async (connection) => {
    const { uid, uidValidity } = await connection.append('Archive', letter('find-me'));
    await connection.append('Archive', letter('other'), { flags: ['\\Seen'], date: new Date('2020-05-05T12:00:00Z') });
    const folder = { path: 'Archive', uidValidity: uidValidity! };
    expect(await connection.searchUids(folder, { messageId: '<find-me@b.example>' })).toEqual([uid]);
    expect(await connection.searchUids(folder, { from: uid! + 1 })).toEqual([uid! + 1]);
    expect(await connection.searchUids(folder, { from: uid! + 50 })).toEqual([]);
    expect(await connection.searchUids(folder, { since: new Date('2021-01-01') })).toEqual([uid]);
    const [old, ...rest] = await all(connection.fetchMessages(folder, [uid! + 1, 4_000]));
    expect(rest).toEqual([]);
    expect(old).toMatchObject({ flags: ['\\Seen'], internalDate: new Date('2020-05-05T12:00:00Z') });
  });
});

test('a message over the limit comes as header only', async () => {
  await using(REP, async (connection) => {
    const large = Buffer.concat([letter('large'), Buffer.alloc(50_000, 'x')]);
    const { uid } = await connection.append('Archive', large);
    const [message] = await all(connection.fetchMessages({ path: 'Archive' }, [uid!], { maxBytes: 10_000 }));
    expect(message).toMatchObject({ truncated: true, size: large.length });
    expect(String(Buffer.from(message!.source))).toMatch(/Subject: large\r\n[\s\S]*\r\n\r\n$/);
  });
});

test('a folder whose UIDs mean something else now is refused', async () => {
  await using(REP, async (connection) => {
    const { uidValidity } = await connection.status('INBOX');
    await expect(connection.searchUids({ path: 'INBOX', uidValidity: uidValidity + 1 })).rejects.toMatchObject({
      kind: 'folder_reset',
    });
  });
});

test('flags that changed since a point are told, and only those', async () => {
  const client = await dovecot.connect(BUSY);
  await client.mailboxCreate('Flags');
  for (const subject of ['one', 'two', 'three']) await client.append('Flags', letter(subject));
  await using(BUSY, async (connection) => {
    const { highestModseq } = await connection.status('Flags');
    await client.mailboxOpen('Flags');
    await client.messageFlagsAdd('2', ['\\Flagged']);
    const changed = await connection.fetchFlags({ path: 'Flags' }, { changedSince: highestModseq! });
    expect(changed).toEqual([{ uid: 2, flags: ['\\Flagged'], modseq: expect.any(BigInt) }]);
  });
  await client.logout();
});
