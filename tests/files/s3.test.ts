import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFiles } from '../../bin/files.ts';
import { readConfig } from '../../src/config.ts';
import { sweepFiles } from '../../src/files/files.ts';
import type { FileStore } from '../../src/ports.ts';
import { aContact } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { throughline } from '../support/process.ts';
import { startS3, type TestS3 } from '../support/servers/s3.ts';
import { temporaryFolder } from './folder.ts';

let s3: TestS3;
let store: FileStore;
let hub: Hub;
const log: string[] = [];
const folder = temporaryFolder();
const opened: { close(): Promise<void> }[] = [];

function open(url: string): FileStore {
  const files = openFiles(readConfig({ STORAGE_URL: url, DATA_DIR: folder.path }));
  opened.push(files);
  return files.files;
}

beforeAll(async () => {
  s3 = await startS3();
  store = open(s3.url);
  hub = await startHub({
    config: { fileLimitMb: 1 },
    ports: { files: store },
    logTo: { write: (line) => void log.push(line) },
  });
});
afterAll(async () => {
  await hub.stop();
  await Promise.all(opened.map((files) => files.close()));
  await s3.stop();
  folder.remove();
});

async function send(contactId: string, content: Buffer | string) {
  const answer = await hub.app.inject({
    method: 'POST',
    url: `/api/v1/contacts/${contactId}/files?name=file`,
    payload: content,
    headers: { 'content-type': 'text/plain', authorization: `Bearer ${hub.admin.key}` },
  });
  return { status: answer.statusCode, body: JSON.parse(answer.body) };
}
const fetchFile = (id: string) =>
  hub.app.inject({ url: `/api/v1/files/${id}`, headers: { authorization: `Bearer ${hub.admin.key}` } });
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

it('keeps files in the bucket, and gives them back byte for byte', async () => {
  const contact = await aContact(hub);
  for (const content of [randomBytes(300_000), Buffer.from('x')]) {
    const sent = await send(contact.id, content);
    expect(sent).toMatchObject({ status: 201, body: { size: String(content.length), sha256: sha256(content) } });
    expect((await fetchFile(sent.body.id)).rawPayload.equals(content)).toBe(true);
    expect(await store.has(sha256(content))).toBe(true);
  }
});

it('keeps nothing of what is too much or breaks off', async () => {
  const contact = await aContact(hub);
  const content = randomBytes(1_048_577);
  expect(await send(contact.id, content)).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  expect(await store.has(sha256(content))).toBe(false);
  async function* half() {
    yield Buffer.from('half');
    throw new Error('gone');
  }
  await expect(store.put(Readable.from(half()), 100)).rejects.toThrow('gone');
  expect(await store.has(sha256(Buffer.from('half')))).toBe(false);
  expect(await readdir(join(folder.path, 'files/coming'))).toEqual([]);
});

it('holds no file in memory, neither on its way in nor out', async () => {
  const [chunk, chunks] = [randomBytes(1_048_576), 256];
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }, 5);
  async function* content() {
    for (let n = 0; n < chunks; n++) yield chunk;
  }
  const { sha256: name, size } = await store.put(Readable.from(content()), 1_000_000_000);
  expect(size).toBe(chunks * chunk.length);
  const hash = createHash('sha256');
  for await (const part of (await store.open(name)) as AsyncIterable<Buffer>) hash.update(part);
  clearInterval(watch);
  expect(hash.digest('hex')).toBe(name);
  expect(most / size).toBeLessThan(0.7);
});

it('sweeps what no file names any more, and leaves what is named or young', async () => {
  const contact = await aContact(hub);
  const sent = async (content: string) => (await send(contact.id, content)).body as { id: string; sha256: string };
  const [one, two, gone, young] = [await sent('shared'), await sent('shared'), await sent('gone'), await sent('young')];
  for (const { id } of [one, gone, young]) await hub.call('DELETE', `/files/${id}`);
  const old = new Date(Date.now() - 7_200_000);
  for (const { sha256: name } of [two, gone]) await utimes(join(s3.bucket, name.slice(0, 2), name), old, old);
  await sweepFiles(hub.services);
  expect(await Promise.all([two, gone, young].map((file) => store.has(file.sha256)))).toEqual([true, false, true]);
  await store.remove(gone.sha256); // as a second sweep would
});

it('lists a bucket of any size, and nothing in it that is not ours', async () => {
  const names = Array.from({ length: 2_100 }, (_, n) => sha256(Buffer.from(`one of many ${n}`)));
  for (const name of names) {
    mkdirSync(join(s3.bucket, name.slice(0, 2)), { recursive: true });
    writeFileSync(join(s3.bucket, name.slice(0, 2), name), 'x');
  }
  writeFileSync(join(s3.bucket, 'notes.txt'), 'of somebody else');
  const listed = new Set<string>();
  for await (const name of store.list(new Date(Date.now() + 60_000))) listed.add(name);
  expect(names.filter((name) => !listed.has(name))).toEqual([]);
  expect([...listed].filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([]);
});

it('says 503 when the store is away or refuses us, and tells no credentials', async () => {
  const contact = await aContact(hub);
  const { body: file } = await send(contact.id, 'kept');
  const strangers = new URL(s3.url);
  strangers.password = 'a-guess';
  const away = new URL(s3.url);
  away.port = '1';
  const elsewhere = new URL(s3.url);
  elsewhere.pathname = '/nobodys';
  for (const url of [strangers, away, elsewhere]) {
    hub.services.ports.files = open(url.href);
    expect(await send(contact.id, 'refused')).toMatchObject({ status: 503, body: { code: 'file_store_unavailable' } });
    expect((await fetchFile(file.id)).statusCode, url.pathname).toBe(503);
  }
  hub.services.ports.files = store;
  expect((await fetchFile(file.id)).body).toBe('kept');
  const told = log.join();
  expect(told).toContain('SignatureDoesNotMatch');
  for (const secret of [s3.access, s3.secret, encodeURIComponent(s3.secret), 'a-guess', 'AWS4-HMAC'])
    expect(told).not.toContain(secret);
});

it('is looked at by the doctor, who names what is wrong and no credentials', async () => {
  const doctor = async (url: string) => {
    const env = { DATABASE_URL: hub.database.url, SECRET_KEYS: hub.secretKey, DATA_DIR: folder.path, STORAGE_URL: url };
    const command = throughline(['doctor'], env);
    await command.exited;
    return command.stdout() + command.stderr();
  };
  const place = `http://127.0.0.1:${new URL(s3.url).port}/bucket`;
  expect(await doctor(s3.url)).toContain(`ok  files: S3 at ${place}\n`);
  const told = await doctor(s3.url.replace(encodeURIComponent(s3.secret), 'a-guess'));
  expect(told).toContain(`BAD files: ${place}: S3 returned 403 – SignatureDoesNotMatch\n`);
  for (const secret of [s3.access, s3.secret, encodeURIComponent(s3.secret), 'a-guess']) expect(told).not.toContain(secret);
});
