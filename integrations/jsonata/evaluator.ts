import type { Evaluation, EvaluationFailure, Evaluator } from '../../src/ports.ts';
import { createSeat, type Seat, type SeatLimits } from './seat.ts';
import type { Work } from './thread.ts';

export interface EvaluatorOptions {
  /** How many expressions run at once; 2 unless said. */
  seats?: number;
  /** How many may wait; more are answered `busy`. 1,000 unless said. */
  maxWaiting?: number;
  /** From the start of the evaluation, waiting excluded; 1,000 ms unless said. */
  timeoutMs?: number;
  /** Heap of one evaluation; 64 MB unless said. */
  memoryMb?: number;
  /** An idle process is ended after this; 60,000 ms unless said. */
  idleMs?: number;
}

interface Waiting {
  work: Work;
  answer: (evaluation: Evaluation) => void;
}

const maxExpressionChars = 65_536;
const maxResultChars = 262_144;

/**
 * Evaluates JSONata in processes of their own, started when first needed, used again, and replaced after a fault:
 * an expression can hang on a regex or eat all memory, and JSONata's own limits see neither.
 */
export function createEvaluator(options: EvaluatorOptions = {}): Evaluator {
  const { seats = 2, maxWaiting = 1_000, timeoutMs = 1_000, memoryMb = 64, idleMs = 60_000 } = options;
  const limits: SeatLimits = { timeoutMs, memoryMb, idleMs };
  const free: Seat[] = Array.from({ length: seats }, () => createSeat(limits));
  const all = [...free];
  const queue: Waiting[] = [];
  let closed = false;

  function submit(work: Work): Promise<Evaluation> {
    if (work.expression.length > maxExpressionChars) return Promise.resolve(tooLong);
    if (closed || queue.length >= maxWaiting) return Promise.resolve(busy);
    const { promise, resolve } = Promise.withResolvers<Evaluation>();
    queue.push({ work, answer: resolve });
    next();
    return promise;
  }

  function next(): void {
    if (queue.length === 0) return;
    const seat = free.pop();
    if (!seat) return;
    const { work, answer } = queue.shift()!;
    seat.run(work).then((evaluation) => {
      free.push(seat);
      answer(evaluation);
      next();
    });
  }

  return {
    evaluate: (expression, value, bindings = {}) => submit({ expression, input: { value, bindings }, maxResultChars }),
    async compile(expression) {
      const checked = await submit({ expression, maxResultChars });
      return checked.ok ? { ok: true } : checked;
    },
    async close() {
      closed = true;
      for (const { answer } of queue.splice(0)) answer(busy);
      await Promise.all(all.map((seat) => seat.close()));
    },
  };
}

const busy: EvaluationFailure = { ok: false, code: 'busy', message: 'too many expressions are waiting' };
const tooLong: EvaluationFailure = {
  ok: false,
  code: 'error',
  message: `the expression is longer than ${maxExpressionChars} characters`,
};
