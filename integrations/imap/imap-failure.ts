import type { ImapFlowError } from 'imapflow';
import type { MailErrorKind } from '../../src/email/mail.ports.ts';
import { codeOf, isTlsFailure, MailServerError, wordsOf } from '../mail-error.ts';

/**
 * Names what went wrong on an IMAP connection. A refused sign-in that the server itself calls temporary (RFC 5530:
 * UNAVAILABLE, INUSE, LIMIT) is not a wrong password.
 */
export function imapFailure(thrown: unknown): MailServerError {
  if (thrown instanceof MailServerError) return thrown;
  const error = thrown as ImapFlowError;
  const words = serverWords(error);
  const retryAfterMs = error.throttleReset;
  return new MailServerError(kindOf(error, words), words, {
    cause: thrown,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

const CONNECTION_LOST = new Set([
  'NoConnection',
  'EConnectionClosed',
  'ClosedAfterConnectText',
  'ClosedAfterConnectTLS',
  'StateLogout',
]);
const TOO_MANY = /too many|rate.?limit|throttl|exceeded|bandwidth|try again later/i;

function kindOf(error: ImapFlowError & { syscall?: string }, words: string): MailErrorKind {
  const code = codeOf(error);
  const response = error.serverResponseCode?.toUpperCase() ?? '';
  if (error.tlsFailed || isTlsFailure(error) || code === 'STARTTLS_INJECTION') return 'tls';
  if (code === 'ETHROTTLE' || response === 'LIMIT' || response === 'THROTTLED') return 'throttled';
  if (response === 'UNAVAILABLE' || response === 'INUSE' || response === 'SERVERBUG') return 'unreachable';
  if (error.authenticationFailed) {
    if (error.oauthError || response === 'EXPIRED') return 'needs_reauthorisation';
    return TOO_MANY.test(words) ? 'throttled' : 'rejected';
  }
  if (error.mailboxMissing || code === 'NotFound' || response === 'NONEXISTENT' || response === 'TRYCREATE')
    return 'no_such_folder';
  if (CONNECTION_LOST.has(code)) return TOO_MANY.test(words) ? 'throttled' : 'unreachable';
  if (/TIMEOUT/.test(code) || error.syscall !== undefined || /^E[A-Z]+$/.test(code)) return 'unreachable';
  return 'protocol';
}

/** The server's own text where there is one, with its response code. */
function serverWords(error: ImapFlowError): string {
  const said = error.responseText ?? (typeof error.response === 'string' ? error.response : undefined) ?? error.reason;
  return said || wordsOf(error);
}
