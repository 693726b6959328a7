import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { removeUnnamed } from '../files/files.ts';
import { recordRun } from '../runs.ts';
import { eraseElsewhere, eraseLog, eraseMentions } from './erase-log.ts';
import { eraseLedger, eraseMessages } from './erase-mail.ts';
import { eraseAnswers, eraseReceipts, eraseRejections } from './erase-traffic.ts';
import { eraseActivities, eraseContactFiles, eraseFromDeals, eraseTasks } from './erase-work.ts';
import { erasureSteps } from './erasure.schema.ts';
import { subjectPlace } from './erasures.ts';
import type { Known } from './mentions.rules.ts';
import type { Chunk, Step } from './steps.ts';

/** Each with what people read while it is done. */
const steps: Record<(typeof erasureSteps)[number], { words: string; step: Step }> = {
  messages: { words: 'Erasing mail', step: eraseMessages },
  ledger: { words: "Erasing from the mailboxes' ledgers", step: eraseLedger },
  activities: { words: 'Erasing activities', step: eraseActivities },
  tasks: { words: 'Erasing tasks', step: eraseTasks },
  files: { words: 'Erasing files', step: eraseContactFiles },
  deals: { words: 'Erasing from deals', step: eraseFromDeals },
  receipts: { words: 'Erasing from webhooks', step: eraseReceipts },
  rejections: { words: 'Erasing from webhooks', step: eraseRejections },
  answers: { words: 'Erasing from stored answers', step: eraseAnswers },
  log: { words: 'Erasing from the log', step: eraseLog },
  mentions: { words: 'Erasing mentions from the log', step: eraseMentions },
  elsewhere: { words: 'Erasing from filters and jobs', step: eraseElsewhere },
  contents: { words: 'Erasing the content of files', step: async () => ({ counts: {}, cursor: null }) },
};

interface Row {
  contactId: string;
  state: string;
  step: keyof typeof steps;
  cursor: string | null;
  subject: Buffer | null;
  contents: string[];
}

/**
 * Does one piece of an erasure, in this transaction, and writes where its run stands. True when it is over; a repeat after the end does
 * nothing.
 */
export async function eraseNext(ctx: Context, id: string): Promise<{ over: boolean; step: string }> {
  const row = await rowOf<Row>(
    ctx,
    SQL`select contact_id as "contactId", state, step, cursor, subject, contents from erasures where id = ${id} for update`,
  );
  if (row === undefined || row.state === 'done' || row.subject === null) return { over: true, step: 'Done' };
  const known = JSON.parse(ctx.ports.secrets.open(row.subject, subjectPlace(id))) as Known; // as eraseContact has sealed it
  const { step, words } = steps[row.step];
  // Tells the guard of the log that this transaction is an erasure's.
  await rowsOf(ctx, SQL`select set_config('throughline.log_change', 'erasure', true)`);
  const chunk = await step(ctx, { id, known, cursor: row.cursor });
  const next = chunk.cursor === null ? erasureSteps[erasureSteps.indexOf(row.step) + 1] : row.step;
  await note(ctx, id, { chunk, next: next ?? row.step });
  if (next === undefined) return finish(ctx, id, row);
  const run = { step: words, since: ctx.now, next: steps[next].words, wakeAt: null };
  await recordRun(ctx, { kind: 'erasure', recordId: id, state: 'running', ...run });
  return { over: false, step: run.step };
}

async function note(ctx: Context, id: string, { chunk, next }: { chunk: Chunk; next: string }): Promise<void> {
  await rowsOf(
    ctx,
    SQL`update erasures set step = ${next}, cursor = ${chunk.cursor}, contents = contents || ${chunk.contents ?? []}::text[], updated_at = ${ctx.now},
          counts = counts || (select coalesce(jsonb_object_agg(key, value::int + coalesce((counts->>key)::int, 0)), '{}')
            from jsonb_each_text(${JSON.stringify(chunk.counts)}::jsonb))
        where id = ${id}`,
  );
}

/** The receipt is all that stays: whom it was about is forgotten here too. */
async function finish(ctx: Context, id: string, { contactId, contents }: Row): Promise<{ over: boolean; step: string }> {
  for (const sha256 of new Set(contents)) await removeUnnamed(ctx, sha256);
  const done = await rowOf<{ counts: Record<string, number> }>(
    ctx,
    SQL`update erasures set state = 'done', subject = null, contents = '{}', cursor = null, finished_at = ${ctx.now}, updated_at = ${ctx.now}
        where id = ${id} returning counts`,
  );
  emit(ctx, 'contact.erased', { contactId, erasureId: id, counts: done?.counts ?? {} });
  const step = 'Everything that was kept on this person is erased';
  await recordRun(ctx, { kind: 'erasure', recordId: id, state: 'completed', step, since: ctx.now, next: null, wakeAt: null });
  return { over: true, step };
}
