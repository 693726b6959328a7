import { parentPort } from 'node:worker_threads';
import jsonata, { type Expression, type JsonataError } from 'jsonata';

/** One piece of work; without `input` the expression is only compiled. */
export interface Work {
  expression: string;
  input?: { value: unknown; bindings: Record<string, unknown> };
  maxResultChars: number;
}

/** `json` is the result's text: it crosses back as one string, whatever its shape. */
export type Outcome = { ok: true; json: string } | { ok: false; message: string; position?: number };

const compiled = new Map<string, Expression>();
const maxCompiled = 200;

parentPort?.on('message', async (work: Work) => {
  parentPort?.postMessage(await run(work).catch(fault));
});

parentPort?.postMessage('ready');

async function run({ expression, input, maxResultChars }: Work): Promise<Outcome> {
  const program = compile(expression);
  if (!input) return { ok: true, json: 'null' };
  // With bindings given, every evaluation has a frame of its own: nothing assigned in one is seen by the next.
  const result: unknown = await program.evaluate(input.value, input.bindings);
  const json = JSON.stringify(result, withoutFunctions) ?? 'null';
  if (json.length > maxResultChars) return { ok: false, message: `the result is larger than ${maxResultChars} characters` };
  return { ok: true, json };
}

function compile(expression: string): Expression {
  const known = compiled.get(expression);
  if (known) return known;
  const program = jsonata(expression);
  if (compiled.size >= maxCompiled) compiled.clear();
  compiled.set(expression, program);
  return program;
}

/** A function as a result (`{ "total": $sum }`) is a slip; inside it is an object with cycles. */
function withoutFunctions(_key: string, value: unknown): unknown {
  const isFunction = value !== null && typeof value === 'object' && ('_jsonata_function' in value || '_jsonata_lambda' in value);
  return isFunction ? undefined : value;
}

/** JSONata throws plain objects; everything else (a string too long, a stack too deep) is an Error. */
function fault(error: Partial<JsonataError>): Outcome {
  const message = (error.message || String(error.code ?? error)).slice(0, 500);
  return typeof error.position === 'number' ? { ok: false, message, position: error.position } : { ok: false, message };
}
