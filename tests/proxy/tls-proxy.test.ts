import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createServer, request as httpsRequest, type RequestOptions, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aCompany } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';
import { signed } from '../webhooks/senders.ts';

const folder = mkdtempSync(join(tmpdir(), 'throughline-proxy-'));
let hub: Hub;
let proxy: Server;
let certificate: string;
let publicUrl: string;
let hubPort: number;

beforeAll(async () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...names],
    { stdio: 'ignore' },
  );
  certificate = readFileSync(cert, 'utf8');
  proxy = createServer({ key: readFileSync(key), cert: certificate }, (incoming, outgoing) => {
    const address = incoming.socket.remoteAddress ?? '';
    const before = incoming.headers['x-forwarded-for'];
    const headers = {
      ...incoming.headers,
      'x-forwarded-for': before === undefined ? address : `${String(before)}, ${address}`,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': incoming.headers.host,
      host: `127.0.0.1:${hubPort}`,
    };
    const onward = httpRequest(
      { port: hubPort, host: '127.0.0.1', method: incoming.method, path: incoming.url, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  publicUrl = `https://localhost:${(proxy.address() as AddressInfo).port}`;
  hub = await startHub({ config: { publicUrl, trustProxy: '1' }, consumers: [] });
  hubPort = Number(new URL(await hub.app.listen({ port: 0, host: '127.0.0.1' })).port);
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await hub.stop();
  rmSync(folder, { recursive: true });
});

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Calls the public address over TLS, behind `/api/v1` unless the path starts with `//`; `onText` hears the body as it comes. Resolves at its end, or when `until` says so. */
function call(
  method: string,
  path: string,
  { body, headers = {}, until }: { body?: unknown; headers?: Record<string, string>; until?: (text: string) => boolean } = {},
): Promise<Reply> {
  const options: RequestOptions = {
    method,
    ca: certificate,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  };
  return new Promise((resolve, reject) => {
    const request = httpsRequest(publicUrl + (path.startsWith('//') ? path.slice(1) : `/api/v1${path}`), options, (answer) => {
      let text = '';
      const done = () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (until?.(text)) {
          done();
          request.destroy();
        }
      });
      answer.on('end', done);
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function signIn(headers: Record<string, string> = {}): Promise<{ cookie: string; setCookie: string }> {
  const { email, password } = hub.admin;
  const answer = await call('POST', '/session', { body: { email, password }, headers });
  expect(answer.status).toBe(204);
  const setCookie = String(answer.headers['set-cookie']);
  return { cookie: setCookie.split(';')[0] ?? '', setCookie };
}

it('signs in with a Secure cookie that works behind the proxy', async () => {
  const { cookie, setCookie } = await signIn();
  expect(setCookie).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
  const me = await call('GET', '/me', { headers: { cookie } });
  expect(JSON.parse(me.text)).toMatchObject({ user: { id: hub.admin.id } });
  expect(me.headers['strict-transport-security']).toBeDefined();
});

it('takes the public origin for its own, not the one that it listens on', async () => {
  const { cookie } = await signIn();
  const make = (origin: string) => call('POST', '/companies', { body: { name: 'By the page' }, headers: { cookie, origin } });
  expect((await make(publicUrl)).status).toBe(201);
  expect((await make(`http://127.0.0.1:${hubPort}`)).status).toBe(403);
  expect((await make(publicUrl.replace('https', 'http'))).status).toBe(403);
});

it('streams live through the proxy, message by message', async () => {
  const { cookie } = await signIn();
  let opened = false;
  const heard = call('GET', '/events/stream?types=company.created', {
    headers: { cookie, accept: 'text/event-stream', 'accept-encoding': 'gzip' },
    until: (text) => {
      opened = true;
      return text.includes('event: company.created');
    },
  });
  await eventually(() => opened);
  const company = await aCompany(hub);
  const { text, headers } = await heard;
  expect(text).toContain(company.id);
  expect(headers['content-type']).toMatch(/^text\/event-stream/);
});

it('writes the address of the caller into the audit, whatever they claim to be', async () => {
  await signIn({ 'x-forwarded-for': '6.6.6.6, 7.7.7.7' });
  const [event] = await hub.deed((ctx) =>
    rowsOf<{ address: string }>(
      ctx,
      SQL`select door->>'address' as address from events where type = 'user.signed_in' and record_id = ${hub.admin.id} order by seq desc limit 1`,
    ),
  );
  expect(event?.address).toBe('127.0.0.1');
});

it('believes no proxy when it was told of none', async () => {
  const bare = await startHub();
  const { email, password } = bare.admin;
  await bare.call('POST', '/session', {
    body: { email, password },
    key: null,
    headers: { 'x-forwarded-for': '6.6.6.6', 'x-forwarded-proto': 'https' },
  });
  const [event] = await bare.deed((ctx) =>
    rowsOf(ctx, SQL`select door->>'address' as address from events where type = 'user.signed_in'`),
  );
  expect(event).toEqual({ address: '127.0.0.1' });
  await bare.stop();
});

it('gives a webhook source its public address, and takes a signed delivery there', async () => {
  const mapping = '{ "contact": { "email": email }, "activity": { "subject": "Came through the proxy" } }';
  const { body: source } = await hub.call('POST', '/webhook-sources', { body: { name: 'Shop', preset: 'standard', mapping } });
  expect(source.url).toBe(`${publicUrl}/hooks/${source.id}`);
  const payload = { email: 'proxied@shop.example' };
  const { pathname } = new URL(source.url);
  const delivered = await call('POST', `/${pathname}`, {
    body: payload,
    headers: signed(source.secret, JSON.stringify(payload)),
  });
  expect(delivered.status).toBe(202);
});
