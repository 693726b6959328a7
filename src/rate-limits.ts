import type { FastifyReply, FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import type { Services } from './context.ts';
import { AppError } from './errors.ts';

/** Seconds that a limit counts over. */
const windowSeconds = 60;
const windowMs = windowSeconds * 1_000;
/** Beyond these many callers the counts of ended windows are dropped, then those that began first. */
const countedAtMost = 20_000;

interface Window {
  startedAt: number;
  count: number;
}

/** What is left of a caller's quota. */
export interface Quota {
  limit: number;
  /** Below zero when it is used up. */
  left: number;
  resetSeconds: number;
}

/** Counts the requests of callers in windows of a minute that begin with their first one. In this process alone. */
export function requestCounts(limit: number): (caller: string, nowMs: number) => Quota {
  const windows = new Map<string, Window>();
  return (caller, nowMs) => {
    let window = windows.get(caller);
    if (window === undefined || nowMs - window.startedAt >= windowMs || nowMs < window.startedAt) {
      if (windows.size >= countedAtMost) makeRoom(windows, nowMs);
      windows.delete(caller); // so that the map stays in the order in which windows began
      window = { startedAt: nowMs, count: 0 };
      windows.set(caller, window);
    }
    window.count += 1;
    return { limit, left: limit - window.count, resetSeconds: Math.ceil((window.startedAt + windowMs - nowMs) / 1_000) };
  };
}

function makeRoom(windows: Map<string, Window>, nowMs: number): void {
  for (const [caller, { startedAt }] of windows) {
    if (windows.size < countedAtMost / 2 && nowMs - startedAt < windowMs) return;
    windows.delete(caller);
  }
}

/**
 * Counts requests against the key or user that calls, and those without one against the address they come from, and says what is left in
 * `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10). A limit of 0 counts nothing. Throws `rate_limited` (429).
 */
export function limitRequests({ config, now }: Services): (req: FastifyRequest, reply: FastifyReply) => void {
  const limits = { key: config.rateLimitCaller, user: config.rateLimitCaller, address: config.rateLimitAddress };
  const [ofCallers, ofAddresses] = [requestCounts(limits.key), requestCounts(limits.address)];
  const policies = Object.fromEntries(
    Object.entries(limits).map(([name, limit]) => [name, `"${name}";q=${limit};w=${windowSeconds}`]),
  );
  return (req, reply) => {
    const { actor } = req;
    const policy = actor === undefined ? 'address' : actor.kind === 'key' ? 'key' : 'user';
    if (limits[policy] === 0) return;
    const nowMs = now().getTime();
    const quota = actor === undefined ? ofAddresses(networkOf(req.ip), nowMs) : ofCallers(actor.id ?? '', nowMs);
    reply.header('ratelimit-policy', policies[policy]);
    reply.header('ratelimit', `"${policy}";r=${Math.max(0, quota.left)};t=${quota.resetSeconds}`);
    if (quota.left >= 0) return;
    const message = `This ${policy} may make ${quota.limit} requests a minute; wait ${quota.resetSeconds} s.`;
    throw new AppError('rate_limited', 429, message, { retryAfterSeconds: quota.resetSeconds });
  };
}

/** An address as it is counted: of IPv6 the network of 64 bits, since a single household has all of it. */
function networkOf(address: string): string {
  if (!address.includes(':') || !ipaddr.IPv6.isValid(address)) return address;
  const ip = ipaddr.IPv6.parse(address);
  return ip.isIPv4MappedAddress() ? ip.toIPv4Address().toString() : ip.parts.slice(0, 4).join(':');
}
