import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
  for (let n = 0; n < 60; n++) await aCompany(hub);
});
afterAll(() => hub.stop());

it('gives fifty rows of a list unless told, at most two hundred, and counts none unless asked', async () => {
  const plain = await hub.call('GET', '/companies');
  expect(plain.body.data).toHaveLength(50);
  expect(plain.body).not.toHaveProperty('count');
  expect((await hub.call('GET', '/companies?limit=200&count=exact')).body).toMatchObject({ count: 60, nextCursor: null });
  for (const query of ['limit=201', 'limit=0', 'updatedSince=2026-01-01T00:00:00Z'])
    expect((await hub.call('GET', `/companies?${query}`)).body.errors, query).toMatchObject([
      { pointer: `query/${query.split('=')[0]}` },
    ]);
});

it('refuses a parameter of a route that takes none, and does nothing then', async () => {
  const { id } = await aCompany(hub, { name: 'Unchanged' });
  for (const [method, path, body] of [
    ['GET', '/objects'],
    ['PATCH', `/companies/${id}`, { name: 'Changed' }],
    ['DELETE', `/companies/${id}`],
  ] as const) {
    const refused = await hub.call(method, `${path}?dryRun=true`, body === undefined ? {} : { body });
    expect(refused, path).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: 'query/dryRun', code: 'unknown_property' }] },
    });
  }
  expect((await hub.call('GET', `/companies/${id}`)).body.name).toBe('Unchanged');
  await hub.call('DELETE', `/companies/${id}`);
});

it('compresses what is long as the reader takes it, under one weak ETag, and leaves what is short', async () => {
  const read = (encoding: string, url = '/api/v1/companies') =>
    hub.app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${hub.admin.key}`, 'accept-encoding': encoding } });
  const plain = await read('identity');
  expect(plain.headers['content-encoding']).toBeUndefined();
  for (const [encoding, unpacked] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    const packed = await read(encoding);
    expect(packed.headers).toMatchObject({ 'content-encoding': encoding, etag: plain.headers.etag });
    expect(packed.headers.vary).toMatch(/accept-encoding/i);
    expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 3);
    expect(unpacked(packed.rawPayload).toString('utf8')).toBe(plain.body);
  }
  expect((await read('br', '/api/v1/companies?limit=1')).headers['content-encoding']).toBeUndefined();
});

it('says of an address with another method which methods it has, and of a body what it takes', async () => {
  const wrong = await hub.call('PUT', '/companies');
  expect(wrong).toMatchObject({ status: 405, body: { code: 'method_not_allowed' }, headers: { allow: 'GET, HEAD, POST' } });
  const typed = { body: 'name=X', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  expect(await hub.call('POST', '/companies', typed)).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
  const huge = { body: { name: 'x'.repeat(3_000_000) } };
  expect(await hub.call('POST', '/companies', huge)).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
});
