import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import { invalidField } from './errors.ts';
import type { Dialer, VettedAddress } from './ports.ts';

type Ip = ipaddr.IPv4 | ipaddr.IPv6;

export interface DialerOptions {
  /** Host names, addresses or CIDRs that may be reached although they are private (`ALLOW_PRIVATE_HOSTS`). */
  allowPrivateHosts: readonly string[];
  /** Gives every address of a name, best first; the system's resolver unless said. */
  resolve?: (host: string) => Promise<readonly { address: string }[]>;
}

/** The host may not be connected to; the message names the setting that would allow it. */
export class HostRefused extends Error {
  readonly code = 'host_refused';
  readonly host: string;
  /** `malformed`, or the range the address lies in: `loopback`, `private`, `linkLocal`, ... */
  readonly reason: string;

  constructor(host: string, reason: string) {
    super(
      reason === 'malformed'
        ? `${JSON.stringify(host.slice(0, 100))} is not a host name or address`
        : `${host} is not a public address (${reason}); to allow it, add it to ALLOW_PRIVATE_HOSTS`,
    );
    this.name = 'HostRefused';
    this.host = host;
    this.reason = reason;
  }
}

/** The name does not resolve; `cause` is the resolver's error. */
export class HostUnknown extends Error {
  readonly code = 'host_unknown';
  readonly host: string;

  constructor(host: string, cause?: unknown) {
    super(`${host} cannot be resolved`, { cause });
    this.name = 'HostUnknown';
    this.host = host;
  }
}

/**
 * The one judge of outgoing addresses. A host is refused unless one of its addresses is public or allowed; the first such
 * is the answer. Throws a plain Error at once when an entry of `allowPrivateHosts` cannot be read.
 */
export function createDialer({ allowPrivateHosts, resolve = systemResolver }: DialerOptions): Dialer {
  const allowed = readAllowed(allowPrivateHosts);
  return {
    async vet(host) {
      const name = canonicalHost(host);
      const addresses = ipaddr.isValid(name) ? [name] : await addressesOf(name, resolve);
      const found = addresses.map((address) => ipaddr.parse(address));
      const isNamed = allowed.names.has(name);
      const fit = isNamed ? found[0] : found.find((ip) => !refusal(ip) || within(ip, allowed.ranges));
      if (!fit) throw new HostRefused(host, found.map(refusal).find(Boolean) ?? 'malformed');
      return vetted(fit, isNamed || within(fit, allowed.ranges));
    },
  };
}

/** `vet` for a host that a caller has just given: what it refuses is a 400 that points to the field. No network call in a transaction. */
export async function vetField(dialer: Dialer, host: string, pointer: string): Promise<VettedAddress> {
  try {
    return await dialer.vet(host);
  } catch (error) {
    if (error instanceof HostRefused || error instanceof HostUnknown)
      throw invalidField(pointer, error.code, `${error.message}.`);
    throw error;
  }
}

/**
 * The one spelling of a host: a name in lower case and punycode without trailing dots, or an address in its usual form.
 * The URL standard's host parser reads numbers as C libraries do (`0x7f.1`, `2130706433`, `127.1`, full-width digits),
 * so that no spelling of an address is taken for a name. Throws `HostRefused` (`malformed`).
 */
export function canonicalHost(host: string): string {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const isV6 = bare.includes(':');
  if (bare.length > 255 || !(isV6 ? /^[0-9a-f:.]+$/i : /^[^\s/\\?#@:[\]]+$/u).test(bare))
    throw new HostRefused(host, 'malformed');
  const url = URL.parse(`http://${isV6 ? `[${bare}]` : bare}/`);
  const name = url?.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
  if (!name) throw new HostRefused(host, 'malformed');
  return name;
}

async function addressesOf(name: string, resolve: NonNullable<DialerOptions['resolve']>): Promise<string[]> {
  const found = await resolve(name).catch((error: unknown) => {
    throw new HostUnknown(name, error);
  });
  const addresses = found.map(({ address }) => address).filter((address) => ipaddr.isValid(address));
  if (addresses.length === 0) throw new HostUnknown(name);
  return addresses;
}

function systemResolver(host: string): Promise<readonly { address: string }[]> {
  return lookup(host, { all: true, order: 'verbatim' });
}

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** The special range that an address lies in, or undefined for a public one. */
function refusal(ip: Ip): string | undefined {
  const range = ip.range();
  if (range !== 'unicast') return range;
  // Everything else is unassigned or worse: `::127.0.0.1`, `::ffff:0:127.0.0.1`.
  return ip.kind() === 'ipv6' && !ip.match(globalUnicast) ? 'reserved' : undefined;
}

interface Allowed {
  names: Set<string>;
  ranges: [Ip, number][];
}

function readAllowed(entries: readonly string[]): Allowed {
  const allowed: Allowed = { names: new Set(), ranges: [] };
  for (const entry of entries) {
    if (entry.includes('/')) allowed.ranges.push(ipaddr.parseCIDR(entry));
    else {
      const name = canonicalHost(entry);
      if (!ipaddr.isValid(name)) allowed.names.add(name);
      else allowed.ranges.push([ipaddr.parse(name), ipaddr.IPv4.isValid(name) ? 32 : 128]);
    }
  }
  return allowed;
}

function within(ip: Ip, ranges: readonly [Ip, number][]): boolean {
  return ranges.some(([base, bits]) => base.kind() === ip.kind() && ip.match(base, bits));
}

/** Without a zone: only link-local addresses have one, and they are reached through the default interface or not at all. */
function vetted(ip: Ip, allowed: boolean): VettedAddress {
  return { address: ipaddr.fromByteArray(ip.toByteArray()).toString(), family: ip.kind() === 'ipv4' ? 4 : 6, allowed };
}
