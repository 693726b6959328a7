import { createHash, randomBytes } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diskFiles } from '../../integrations/files/disk.ts';
import { sweepFiles } from '../../src/files/files.ts';
import { aCompany, aContact, aDeal, anActivity, aTask, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { temporaryFolder } from './folder.ts';

let hub: Hub;
const folder = temporaryFolder();
beforeAll(async () => {
  hub = await startHub({ config: { fileLimitMb: 1 }, ports: { files: diskFiles(folder.path) } });
});
afterAll(async () => {
  await hub.stop();
  folder.remove();
});

interface Sending {
  type?: string;
  key?: string | null;
  headers?: Record<string, string>;
}
/** Sends bytes as they are; `hub.call` would make JSON of them. */
async function send(
  path: string,
  content: Buffer | string,
  { type = 'text/plain', key = hub.admin.key, headers = {} }: Sending = {},
) {
  const answer = await hub.app.inject({
    method: 'POST',
    url: `/api/v1${path}`,
    payload: content,
    headers: { 'content-type': type, ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers },
  });
  return { status: answer.statusCode, body: JSON.parse(answer.body) };
}
const fetchFile = (id: string, key = hub.admin.key) =>
  hub.app.inject({ url: `/api/v1/files/${id}`, headers: { authorization: `Bearer ${key}` } });
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

it('keeps files on every kind of record, and gives them back byte for byte', async () => {
  const content = randomBytes(200_000);
  const paths = [
    `/contacts/${(await aContact(hub)).id}`,
    `/companies/${(await aCompany(hub)).id}`,
    `/deals/${(await aDeal(hub)).id}`,
    `/activities/${(await anActivity(hub)).id}`,
    `/tasks/${(await aTask(hub)).id}`,
  ];
  for (const path of paths) {
    const sent = await send(`${path}/files?name=${encodeURIComponent('Angebot "Ä".pdf')}`, content, { type: 'application/pdf' });
    expect(sent, path).toMatchObject({
      status: 201,
      body: {
        name: 'Angebot "Ä".pdf',
        contentType: 'application/pdf',
        size: '200000',
        sha256: sha256(content),
        createdBy: hub.admin.id,
      },
    });
    const listed = await hub.call('GET', `${path}/files`);
    expect(listed.body.data.map(({ id }: { id: string }) => id)).toEqual([sent.body.id]);
    const got = await fetchFile(sent.body.id);
    expect(got.rawPayload.equals(content)).toBe(true);
    expect((await logOf(hub, sent.body.id)).map(({ type }) => type)).toEqual(['file.attached']);
  }
});

it('hands a file out to be saved: no page of ours ever runs it', async () => {
  const contact = await aContact(hub);
  const { body } = await send(`/contacts/${contact.id}/files?name=x.html`, '<script>alert(1)</script>', { type: 'text/html' });
  const { headers } = await fetchFile(body.id);
  expect(headers).toMatchObject({
    'content-disposition': "attachment; filename*=UTF-8''x.html",
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining('sandbox'),
  });
});

it('takes no more than the limit, told or not, and keeps nothing of what was too much', async () => {
  const path = `/contacts/${(await aContact(hub)).id}/files?name=big`;
  const content = randomBytes(1_048_577);
  expect(await send(path, content)).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  expect(await hub.services.ports.files.has(sha256(content))).toBe(false);
});

it('keeps nothing of an upload that breaks off', async () => {
  const contact = await aContact(hub);
  await hub.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = hub.app.server.address() as { port: number }; // it listens on TCP
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `POST /api/v1/contacts/${contact.id}/files?name=half HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${hub.admin.key}\r\n` +
      'content-type: text/plain\r\ncontent-length: 1000\r\n\r\nhalf',
  );
  const closed = new Promise((resolve) => hub.app.server.once('connection', (seen) => seen.once('close', resolve)));
  setImmediate(() => socket.end());
  socket.destroySoon();
  await closed;
  expect((await hub.call('GET', `/contacts/${contact.id}/files`)).body.data).toEqual([]);
});

it('sends the first answer again for an Idempotency-Key, and refuses it with another content', async () => {
  const contact = await aContact(hub);
  const again = (content: string) =>
    send(`/contacts/${contact.id}/files?name=once.txt`, content, { headers: { 'idempotency-key': 'once' } });
  const first = await again('content');
  expect((await again('content')).body.id).toBe(first.body.id);
  expect(await again('other')).toMatchObject({ status: 422 });
  expect((await hub.call('GET', `/contacts/${contact.id}/files`)).body.data).toHaveLength(1);
});

it('shows files to whoever sees the record, and to nobody else; deleting takes the right to edit it', async () => {
  await hub.call('POST', '/roles', {
    body: { key: 'own', name: 'Own', permissions: { contact: { create: 'own', read: 'own', edit: 'own', delete: 'own' } } },
  });
  const user = await hub.call('POST', '/users', { body: { name: 'O', email: 'own@acme.test', role: 'own' } });
  const { key } = (await hub.call('POST', '/keys', { body: { name: 'own', role: 'own', userId: user.body.id } })).body;
  const contact = await aContact(hub);
  const file = (await send(`/contacts/${contact.id}/files?name=a.txt`, 'a')).body;
  const hidden = await fetchFile(file.id, key);
  const missing = await fetchFile('01890000-0000-7000-8000-000000000000', key);
  expect(hidden.statusCode).toBe(404);
  const { requestId: _, ...problem } = hidden.json();
  const { requestId: __, ...same } = missing.json();
  expect(problem).toEqual(same);
  expect(await hub.call('GET', `/contacts/${contact.id}/files`, { key })).toMatchObject({ status: 404 });
  expect(await send(`/contacts/${contact.id}/files?name=b.txt`, 'b', { key })).toMatchObject({ status: 404 });
  const rep = await hub.aRep();
  expect((await fetchFile(file.id, rep.key)).statusCode).toBe(200);
  expect(await hub.call('DELETE', `/files/${file.id}`, { key: rep.key })).toMatchObject({ status: 403 });
  expect(await send(`/contacts/${contact.id}/files?name=b.txt`, 'b', { key: rep.key })).toMatchObject({ status: 403 });
  expect((await hub.call('DELETE', `/files/${file.id}`)).status).toBe(204);
  expect((await fetchFile(file.id)).statusCode).toBe(404);
});

it('refuses what is not right: 400 for a name, 401, 404', async () => {
  const contact = await aContact(hub);
  const path = `/contacts/${contact.id}/files`;
  expect(await send(path, 'x')).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query/name' }] } });
  expect(await send(`${path}?name=a%2Fb`, 'x')).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query/name' }] } });
  expect(await send(`${path}?name=a`, 'x', { key: null })).toMatchObject({ status: 401 });
  expect(await send('/contacts/01890000-0000-7000-8000-000000000000/files?name=a', 'x')).toMatchObject({ status: 404 });
  expect(await send(`${path}?name=json`, '{"a":1}', { type: 'application/json' })).toMatchObject({
    status: 201,
    body: { size: '7' },
  });
});

it('sweeps what no file names any more, and leaves what is named or young', async () => {
  const contact = await aContact(hub);
  const store = hub.services.ports.files;
  const one = (await send(`/contacts/${contact.id}/files?name=1`, 'shared')).body;
  const two = (await send(`/contacts/${contact.id}/files?name=2`, 'shared')).body;
  const gone = (await send(`/contacts/${contact.id}/files?name=3`, 'gone')).body;
  const young = (await send(`/contacts/${contact.id}/files?name=4`, 'young')).body;
  for (const { id } of [one, gone, young]) await hub.call('DELETE', `/files/${id}`);
  const old = new Date(Date.now() - 7_200_000);
  for (const hash of [two.sha256, gone.sha256]) await utimes(join(folder.path, hash.slice(0, 2), hash), old, old);
  await sweepFiles(hub.services);
  const there = async (file: { sha256: string }) => store.has(file.sha256);
  expect([await there(two), await there(gone), await there(young)]).toEqual([true, false, true]);
});
