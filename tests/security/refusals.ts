import { expect } from 'vitest';
import type { Answer } from '../support/hub.ts';
import type { Operation } from '../support/openapi.ts';

/** What an answer to bad input has to be, as the operations are documented. `what` begins with the operation's name. */
export function refusals(operations: readonly Operation[]) {
  /** Never a fault of ours: a documented status, a refusal is a problem document; an engine that is away may say so. */
  function expectNoFault(answer: Answer, what: string): void {
    const statuses = operations.find(({ name }) => what === name || what.startsWith(`${name} `))?.statuses;
    if (statuses?.has(String(answer.status)) === false) expect.fail(`${what}: ${answer.status} is not documented`);
    const away = answer.status === 503 && /_unavailable$/.test(answer.body?.code ?? '');
    if (answer.status >= 500 && !away) expect.fail(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
    if (answer.status < 400) return;
    expect(answer.headers['content-type'], what).toMatch(/^application\/problem\+json/);
    expect(answer.body, what).toMatchObject({
      status: answer.status,
      code: expect.stringMatching(/^[a-z][a-z0-9_]*$/),
      detail: expect.any(String),
    });
    for (const { code, message } of (answer.body.errors ?? []) as { code: string; message: string }[]) {
      if (!/^(?!custom$|undefined$)[a-z][a-z0-9_]*$/.test(code) || /^Invalid input$/.test(message))
        expect.fail(`${what}: ${code} "${message}" says nothing`);
    }
  }

  function expectRefusal(answer: Answer, what: string): void {
    expectNoFault(answer, what);
    if (answer.status < 400) expect.fail(`${what}: taken with ${answer.status}`);
  }

  /** A 400 says which field; what the value is out of a rule over several fields, its message does. */
  function expectField(answer: Answer, field: string, what: string): void {
    if (answer.status !== 400) return;
    const errors = (answer.body.errors ?? []) as { pointer: string; message: string }[];
    const named = errors.some(
      ({ pointer, message }) => pointer.startsWith(field) || (pointer === '' && message.includes(field.slice(1))),
    );
    if (!named) expect.fail(`${what}: no error names ${field}: ${JSON.stringify(answer.body)}`);
  }

  return { expectNoFault, expectRefusal, expectField };
}
