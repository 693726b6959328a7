import type { MailError, MailErrorKind } from '../src/email/mail.ports.ts';

type Details = Partial<Pick<MailError, 'retryAfterMs' | 'permanent' | 'inDoubt'>> & { cause?: unknown };

/** The one error the mail integrations reject with. `words` are made fit to show: one line, bounded, no control characters. */
export class MailServerError extends Error implements MailError {
  override readonly name = 'MailError';
  readonly kind: MailErrorKind;
  declare readonly retryAfterMs?: number;
  declare readonly permanent?: boolean;
  declare readonly inDoubt?: boolean;

  constructor(kind: MailErrorKind, words: string, { cause, ...details }: Details = {}) {
    super(oneLine(words), { cause });
    this.kind = kind;
    Object.assign(this, details);
  }
}

/** The `code` of whatever was thrown, or an empty string. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The message of whatever was thrown. */
export function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return wordsOf(error.errors[0]);
  return error instanceof Error ? error.message || codeOf(error) || error.name : String(error);
}

/** Whether an error comes from TLS: the handshake, or a certificate that does not verify. */
export function isTlsFailure(error: unknown): boolean {
  return isTlsCode(codeOf(error));
}

/** `isTlsFailure` for a bare error code. */
export function isTlsCode(code: string): boolean {
  return TLS_CODES.has(code) || /^(ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_)/.test(code);
}

const TLS_CODES = new Set(['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'HOSTNAME_MISMATCH', 'EPROTO', 'ETLS']);

function oneLine(words: string): string {
  return words
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 500);
}
