import { rootCertificates } from 'node:tls';
import { codeOf, MailServerError, wordsOf } from './mail-error.ts';

/** Vets a host's name and returns the one address to connect to; rejects when policy forbids it or no such host exists. */
export type Dial = (host: string) => Promise<string>;

/** How the mail integrations reach the outside. */
export interface MailNetwork {
  dial: Dial;
  /** PEM certificates trusted besides the system's own. */
  tlsCa?: string;
  /** Skips verification of certificates altogether: only for a server that an admin pinned in writing. */
  allowInvalidCertificate?: boolean;
  /** Limit for connecting and for each answer, 20,000 by default. */
  timeoutMs?: number;
}

/** Resolves a host by the caller's rules. Rejects with `unreachable` (no such name) or `refused_host`. */
export async function dialled(network: MailNetwork, host: string): Promise<string> {
  try {
    return await within(timeoutMs(network), network.dial(host), `looking up ${host}`);
  } catch (error) {
    if (error instanceof MailServerError) throw error;
    const code = codeOf(error);
    const resolver = /^(E[A-Z_]+|ERR_[A-Z_]+)$/.test(code);
    throw new MailServerError(resolver ? 'unreachable' : 'refused_host', wordsOf(error), { cause: error });
  }
}

/** TLS settings for a connection to an already resolved address. */
export function tlsOptions(network: MailNetwork): { ca?: string[]; rejectUnauthorized: boolean; minVersion: 'TLSv1.2' } {
  return {
    rejectUnauthorized: !network.allowInvalidCertificate,
    minVersion: 'TLSv1.2',
    ...(network.tlsCa ? { ca: [...rootCertificates, network.tlsCa] } : {}),
  };
}

/** The limit for connecting and for each answer, in milliseconds. */
export function timeoutMs(network: MailNetwork): number {
  return network.timeoutMs ?? 20_000;
}

/** Waits for `work` no longer than `ms`; then rejects with `unreachable`. The work itself is not stopped. */
export async function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new MailServerError('unreachable', `no answer within ${ms / 1000} s (${what})`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
