/** What the embedded stack needs of a logger; pino fits. */
export interface StackLog {
  info(detail: object | string, message?: string): void;
  warn(detail: object | string, message?: string): void;
  error(detail: object | string, message?: string): void;
}

/** A failure whose message is meant for the operator: what is wrong and what to do, without a stack trace. */
export class StackError extends Error {
  override name = 'StackError';
}
