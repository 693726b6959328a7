import { Agent, type Dispatcher } from 'undici';
import type { Dialer, Outbound, OutboundAnswer, OutboundFailure, OutboundRequest } from '../../src/ports.ts';
import { vettedConnector } from '../vetted-connector.ts';

export interface OutboundOptions {
  dialer: Dialer;
  /** Whether http: addresses are called too; only https: unless said. */
  allowHttp?: boolean;
  /** Certificates (PEM) to trust instead of the system's, for receivers behind a private authority. */
  ca?: string;
  /** Connections per origin; 8 unless said. */
  connections?: number;
}

const defaultMaxBytes = 16_384;
const ownHeaders = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'keep-alive',
  'expect',
  'te',
]);

/** HTTP calls to addresses that users have given, through the dialer; kept connections are used again. */
export function createOutbound(options: OutboundOptions): Outbound {
  const agent = new Agent({
    connect: vettedConnector(options.dialer, options.ca === undefined ? {} : { ca: options.ca }),
    connections: options.connections ?? 8,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 10_000,
    allowH2: false,
  });
  return {
    async fetch(url, request) {
      const startedAt = performance.now();
      const signal = AbortSignal.timeout(request.timeoutMs);
      const took = () => Math.round(performance.now() - startedAt);
      try {
        const target = readUrl(url, options.allowHttp ?? false);
        return { ok: true, ...(await beforeEnd(signal, call(agent, target, { ...request, signal }))), ms: took() };
      } catch (error) {
        return { ok: false, ...describe(error, signal), ms: took() };
      }
    },
    close: () => agent.destroy(),
  };
}

class UrlRefused extends Error {}

function readUrl(text: string, allowHttp: boolean): URL {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new UrlRefused('the address must begin with https://');
  if (url.protocol === 'http:' && !allowHttp) throw new UrlRefused('only https addresses are called');
  if (url.username || url.password) throw new UrlRefused('the address must hold no user name or password');
  return url;
}

type Call = OutboundRequest & { signal: AbortSignal };

async function call(agent: Agent, url: URL, request: Call): Promise<Omit<OutboundAnswer, 'ok' | 'ms'>> {
  const answer = await agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method,
    headers: callersHeaders(request.headers ?? {}),
    body: request.body ?? null,
    signal: request.signal,
  });
  const read = await readBody(answer.body, request.maxBytes ?? defaultMaxBytes);
  return { status: answer.statusCode, headers: flat(answer.headers), ...read };
}

function callersHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.has(name.toLowerCase())));
}

async function readBody(
  body: Dispatcher.ResponseData['body'],
  maxBytes: number,
): Promise<{ body: Uint8Array; truncated: boolean }> {
  // Leaving the loop early destroys the stream, which then reports its own end as an error.
  body.on('error', () => {});
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes), truncated: size > maxBytes };
}

function flat(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]);
  return Object.fromEntries(pairs);
}

/** undici hears a signal only once it has a connection, so the time for resolving and connecting is limited here. */
function beforeEnd<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = () => reject(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', end));
}

const hostCodes: Record<string, OutboundFailure['code']> = { host_refused: 'refused_host', host_unknown: 'unknown_host' };
const tlsCode = /^(ERR_TLS_|ERR_SSL_|CERT_|EPROTO$|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CRL_|HOSTNAME_MISMATCH$|INVALID_CA$)/;

function describe(error: unknown, signal: AbortSignal): Pick<OutboundFailure, 'code' | 'message'> {
  if (signal.aborted) return { code: 'timeout', message: 'no complete answer in time' };
  if (error instanceof UrlRefused) return { code: 'refused_url', message: error.message };
  const { name, code = '', message } = error as Error & { code?: string };
  const hostCode = hostCodes[code];
  if (hostCode) return { code: hostCode, message };
  if (name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW') return { code: 'bad_answer', message };
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return { code: 'timeout', message };
  if (tlsCode.test(code)) return { code: 'tls', message: `${code}: ${message}` };
  // What has no code, or this one, is a fault of the caller: a header name that HTTP does not allow.
  if (code === '' || code === 'UND_ERR_INVALID_ARG') throw error;
  return { code: 'unreachable', message: `${code}: ${message}` };
}
