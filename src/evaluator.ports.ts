export interface EvaluationFailure {
  ok: false;
  /**
   * `error`: the expression is wrong, or fails on this input. `timeout` and `memory`: it went over a limit. `busy`: not
   * tried, too many are waiting; the same call may succeed later.
   */
  code: 'error' | 'timeout' | 'memory' | 'busy';
  /** For the author of the expression. */
  message: string;
  /** Characters from the start of the expression, where the fault is known to be. */
  position?: number;
}

/** The value is plain JSON and shares nothing with the input; null when the expression found nothing. */
export type Evaluation = { ok: true; value: unknown } | EvaluationFailure;

/** Evaluates expressions that users have written, away from everything else. */
export interface Evaluator {
  /** `bindings` are seen in the expression as `$name`. Input and bindings are JSON values. Never throws. */
  evaluate(expression: string, input: unknown, bindings?: Record<string, unknown>): Promise<Evaluation>;
  /** Checks an expression without running it: what is said when a mapping is saved. Never throws. */
  compile(expression: string): Promise<{ ok: true } | EvaluationFailure>;
  /** Stops at once; what is waiting or running answers `busy`. */
  close(): Promise<void>;
}
