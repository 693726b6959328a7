import type { MailError, MailErrorKind } from './mail.ports.ts';

/** Tells a mail server's failure from an accident of our own. */
export function isMailError(error: unknown): error is MailError {
  return error instanceof Error && error.name === 'MailError' && 'kind' in error;
}

const FINAL: ReadonlySet<MailErrorKind> = new Set(['rejected', 'needs_reauthorisation', 'tls', 'refused_host']);

/** Whether trying again is pointless until a person has changed something. */
export function needsPerson(kind: MailErrorKind): boolean {
  return FINAL.has(kind);
}
