import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { threadsOf } from '../../src/email/threads.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub?.stop());

let run = 0;

it('any order and grouping of arrival ends in the same threads', async () => {
  const message = fc.record({
    inReplyTo: fc.array(fc.nat(11), { maxLength: 1 }),
    references: fc.array(fc.nat(11), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { minLength: 2, maxLength: 9 }),
      fc.array(fc.nat(), { minLength: 9, maxLength: 9 }),
      fc.integer({ min: 1, max: 9 }),
      async (messages, order, size) => {
        const made = messages.map((given, index) => ({ ...given, index }));
        const shuffled = made.toSorted((a, b) => (order[a.index] ?? 0) - (order[b.index] ?? 0));
        expect(await partition(shuffled, size)).toEqual(await partition(made, made.length));
      },
    ),
    { numRuns: 40 },
  );
});

interface Given {
  index: number;
  inReplyTo: number[];
  references: number[];
}

/** Which messages share a thread, after they came in batches of `size`; each call speaks of messages of its own. */
async function partition(messages: Given[], size: number): Promise<string[]> {
  run += 1;
  const id = (n: number) => `m${n}.${run}@x.example`;
  for (let at = 0; at < messages.length; at += size) {
    const batch = messages.slice(at, at + size).map(({ index, inReplyTo, references }) => ({
      messageId: id(index),
      inReplyTo: inReplyTo.map(id),
      references: references.map(id),
    }));
    await hub.deed((ctx) => threadsOf(ctx, batch));
  }
  const alone = messages.map(({ index }) => ({ messageId: id(index), inReplyTo: [], references: [] }));
  const threads = await hub.deed((ctx) => threadsOf(ctx, alone));
  const groups = Map.groupBy(messages, (_, at) => threads[at]);
  return [...groups.values()]
    .map((group) =>
      group
        .map(({ index }) => index)
        .sort()
        .join(' '),
    )
    .sort();
}
