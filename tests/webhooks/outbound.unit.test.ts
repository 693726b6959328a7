import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createOutbound, type OutboundOptions } from '../../integrations/http/outbound.ts';
import { createDialer } from '../../src/dialer.ts';
import type { Outbound, OutboundRequest } from '../../src/ports.ts';

const folder = mkdtempSync(join(tmpdir(), 'outbound-'));
const started: { close(): unknown }[] = [];
const request: OutboundRequest = { method: 'POST', body: '{}', timeoutMs: 5_000 };
let tls: { key: Buffer; cert: Buffer };

beforeAll(() => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=hooks.test', '-addext', 'subjectAltName=DNS:hooks.test'];
  const how = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', [...how, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
  tls = { key: readFileSync(key), cert: readFileSync(cert) };
});

afterEach(async () => {
  for (const thing of started.splice(0)) await thing.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    if ('closeAllConnections' in server) (server as unknown as { closeAllConnections(): void }).closeAllConnections();
    server.close();
  };
  started.push({ close });
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener) => listen(createHttpServer(listener));
const serveTls = (listener: RequestListener) => listen(createHttpsServer(tls, listener));

/** Every name resolves to loopback, which is allowed. */
function outbound(options: Partial<OutboundOptions> = {}): Outbound {
  const dialer = createDialer({ allowPrivateHosts: ['127.0.0.1'], resolve: async () => [{ address: '127.0.0.1' }] });
  const made = createOutbound({ dialer, allowHttp: true, ...options });
  started.push(made);
  return made;
}

test('a body arrives with Host as in the address, and the answer comes back', async () => {
  const port = await serve(async (req, res) => {
    const body = (await req.toArray()).join('');
    res
      .writeHead(201, { 'x-kind': 'one' })
      .end(`${req.method} ${req.url} ${req.headers.host} ${req.headers['webhook-id']} ${body}`);
  });
  const headers = { 'webhook-id': 'msg_1', Host: 'elsewhere.test', 'Content-Length': '1' };
  const answer = await outbound().fetch(`http://hooks.test:${port}/a?b=c#d`, { ...request, headers });
  expect(answer).toMatchObject({ ok: true, status: 201, truncated: false, headers: { 'x-kind': 'one' }, ms: expect.any(Number) });
  expect(answer.ok && Buffer.from(answer.body).toString()).toBe(`POST /a?b=c hooks.test:${port} msg_1 {}`);
});

test('over TLS the pinned address is called by its own name, and its certificate checked', async () => {
  const port = await serveTls((req, res) => res.end((req.socket as TLSSocket & { servername: string }).servername));
  const trusting = outbound({ ca: tls.cert.toString() });
  const answer = await trusting.fetch(`https://hooks.test:${port}/`, request);
  expect(answer.ok && Buffer.from(answer.body).toString()).toBe('hooks.test');
  for (const host of ['other.test', '127.0.0.1']) {
    expect(await trusting.fetch(`https://${host}:${port}/`, request)).toMatchObject({ ok: false, code: 'tls' });
  }
  expect(await outbound().fetch(`https://hooks.test:${port}/`, request)).toMatchObject({ ok: false, code: 'tls' });
});

test('a redirect is an answer and is not followed', async () => {
  const calls: (string | undefined)[] = [];
  const port = await serve((req, res) => {
    calls.push(req.url);
    res.writeHead(302, { location: '/elsewhere' }).end();
  });
  const answer = await outbound().fetch(`http://hooks.test:${port}/`, request);
  expect(answer).toMatchObject({ ok: true, status: 302, headers: { location: '/elsewhere' } });
  expect(calls).toEqual(['/']);
});

test('an endless body is cut at 16 kB, or where the caller says', async () => {
  const port = await serve((_req, res) => {
    const more = () => {
      while (!res.destroyed && res.write('x'.repeat(10_000)));
    };
    res.on('drain', more);
    more();
  });
  const answer = await outbound().fetch(`http://hooks.test:${port}/`, request);
  expect(answer).toMatchObject({ ok: true, truncated: true });
  expect(answer.ok && answer.body.length).toBe(16_384);
  const short = await outbound().fetch(`http://hooks.test:${port}/`, { ...request, maxBytes: 10 });
  expect(short.ok && Buffer.from(short.body).toString()).toBe('x'.repeat(10));
});

describe('the time limit covers', () => {
  const quick = { ...request, timeoutMs: 150 };

  test('a receiver that never answers', async () => {
    const port = await serve(() => {});
    expect(await outbound().fetch(`http://hooks.test:${port}/`, quick)).toMatchObject({ ok: false, code: 'timeout' });
  });

  test('a body that trickles', async () => {
    const port = await serve((_req, res) => {
      const drip = setInterval(() => res.write('.'), 20);
      res.on('close', () => clearInterval(drip));
    });
    expect(await outbound().fetch(`http://hooks.test:${port}/`, quick)).toMatchObject({ ok: false, code: 'timeout' });
  });

  test('a name that is never resolved', async () => {
    const dialer = createDialer({ allowPrivateHosts: [], resolve: () => new Promise(() => {}) });
    expect(await outbound({ dialer }).fetch('https://hooks.test/', quick)).toMatchObject({ ok: false, code: 'timeout' });
  });

  test('a handshake that never ends', async () => {
    const port = await listen(createTcpServer((socket) => socket.on('error', () => {})));
    expect(await outbound().fetch(`https://hooks.test:${port}/`, quick)).toMatchObject({ ok: false, code: 'timeout' });
  });
});

test('a call that has timed out is not sent when its name resolves after all', async () => {
  const calls: (string | undefined)[] = [];
  const port = await serve((req, res) => {
    calls.push(req.url);
    res.end();
  });
  const resolved = Promise.withResolvers<{ address: string }[]>();
  const dialer = createDialer({ allowPrivateHosts: ['127.0.0.1'], resolve: () => resolved.promise });
  const slow = outbound({ dialer, connections: 1 });
  expect(await slow.fetch(`http://hooks.test:${port}/late`, { ...request, timeoutMs: 50 })).toMatchObject({ code: 'timeout' });
  resolved.resolve([{ address: '127.0.0.1' }]);
  expect(await slow.fetch(`http://hooks.test:${port}/next`, request)).toMatchObject({ ok: true });
  expect(calls).toEqual(['/next']);
});

describe('failures are told apart:', () => {
  test.each([
    ['ftp://hooks.test/', 'refused_url'],
    ['not an address', 'refused_url'],
    ['https://user:pass@hooks.test/', 'refused_url'],
    ['https://localhost@127.0.0.1/', 'refused_url'],
    ['http://127.0.0.1/', 'refused_host'],
    ['https://0x7f.1/', 'refused_host'],
    ['https://[::ffff:127.0.0.1]/', 'refused_host'],
    ['https://private.test/', 'refused_host'],
    ['https://nowhere.test/', 'unknown_host'],
  ])('%s is %s', async (url, code) => {
    const resolve = async (host: string) => (host === 'private.test' ? [{ address: '10.0.0.1' }] : []);
    const strict = outbound({ dialer: createDialer({ allowPrivateHosts: [], resolve }) });
    expect(await strict.fetch(url, request)).toMatchObject({ ok: false, code, message: expect.stringMatching(/./) });
  });

  test('http is refused unless allowed', async () => {
    expect(await outbound({ allowHttp: false }).fetch('http://hooks.test/', request)).toMatchObject({
      ok: false,
      code: 'refused_url',
    });
  });

  test('a closed port is unreachable', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((done) => server.close(done));
    expect(await outbound().fetch(`http://hooks.test:${port}/`, request)).toMatchObject({ ok: false, code: 'unreachable' });
  });

  test('a connection that breaks in the middle of a body is unreachable', async () => {
    const port = await serve((_req, res) => {
      res.writeHead(200, { 'content-length': '1000' });
      res.write('x', () => res.destroy());
    });
    expect(await outbound().fetch(`http://hooks.test:${port}/`, request)).toMatchObject({ ok: false, code: 'unreachable' });
  });

  test('what is not HTTP is a bad answer, and not TLS is a tls failure', async () => {
    const port = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.end('220 mail.test ESMTP\r\n');
      }),
    );
    expect(await outbound().fetch(`http://hooks.test:${port}/`, request)).toMatchObject({ ok: false, code: 'bad_answer' });
    expect(await outbound().fetch(`https://hooks.test:${port}/`, request)).toMatchObject({ ok: false, code: 'tls' });
  });
});

test('a name that changes its answer is resolved once per connection, and only the vetted address is called', async () => {
  const port = await serve((req, res) => res.writeHead(200, { connection: req.url === '/last' ? 'close' : 'keep-alive' }).end());
  const answers = ['127.0.0.1', '127.0.0.2'];
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return [{ address: answers.shift() ?? '127.0.0.3' }];
  };
  const rebound = outbound({ dialer: createDialer({ allowPrivateHosts: ['127.0.0.1'], resolve }), connections: 1 });
  expect(await rebound.fetch(`http://rebind.test:${port}/`, request)).toMatchObject({ ok: true, status: 200 });
  expect(await rebound.fetch(`http://rebind.test:${port}/last`, request)).toMatchObject({ ok: true, status: 200 });
  expect(asked).toEqual(['rebind.test']);
  expect(await rebound.fetch(`http://rebind.test:${port}/`, request)).toMatchObject({ ok: false, code: 'refused_host' });
  expect(asked).toEqual(['rebind.test', 'rebind.test']);
});
