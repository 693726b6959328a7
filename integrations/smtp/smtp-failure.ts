import type { NodemailerError } from 'nodemailer';
import type { MailErrorKind, SendResult } from '../../src/email/mail.ports.ts';
import { codeOf, isTlsCode, isTlsFailure, MailServerError, wordsOf } from '../mail-error.ts';

/**
 * Names what went wrong with an SMTP server. A refused sign-in with a 4xx answer is temporary, not a wrong password.
 * `handedOver`: the whole message had left, so that a failure without an answer leaves it in doubt.
 */
export function smtpFailure(thrown: unknown, { handedOver } = { handedOver: false }): MailServerError {
  if (thrown instanceof MailServerError && !handedOver) return thrown;
  const error = thrown as NodemailerError;
  const kind = kindOf(error);
  return new MailServerError(kind, error.response || wordsOf(error), {
    cause: thrown,
    ...(kind === 'refused_message' ? { permanent: error.permanent ?? true } : {}),
    ...(handedOver && !error.responseCode ? { inDoubt: true } : {}),
  });
}

/** The refused recipients of a message that others got. */
export function refusals(errors: NodemailerError[]): SendResult['refused'] {
  return errors.map((error) => ({
    address: error.recipient ?? '',
    message: error.response ?? wordsOf(error),
    permanent: (error.responseCode ?? 0) >= 500,
  }));
}

function kindOf(error: NodemailerError): MailErrorKind {
  const code = codeOf(error);
  const status = error.responseCode ?? 0;
  if (isTlsFailure(error) || isTlsCode(error.originalCode ?? '')) return 'tls';
  if (status === 421 || status === 454 || /\b4\.7\.\d|too many|rate limit/i.test(status < 500 ? (error.response ?? '') : '')) {
    return 'throttled';
  }
  if (code === 'EAUTH' || code === 'ENOAUTH') return status >= 400 && status < 500 ? 'unreachable' : 'rejected';
  if (code === 'EOAUTH2') return 'needs_reauthorisation';
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return 'refused_message';
  if (code === 'EPROTOCOL') return 'protocol';
  return 'unreachable';
}
