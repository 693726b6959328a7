import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { mentionsInBytes } from './mentions.rules.ts';
import type { Chunk, Erasing } from './steps.ts';

const rowsAtOnce = 1_000;

/** What webhooks brought in: receipts about them, or that mention them, are emptied; that something came, and when, stays. */
export async function eraseReceipts(ctx: Context, { known, cursor }: Erasing): Promise<Chunk> {
  const rows = await rowsOf<{ id: string; theirs: boolean }>(
    ctx,
    SQL`select id, coalesce(contact_id = any(${known.ids}::uuid[]), false) or encode(body, 'escape') ~* ${mentionsInBytes(known)} as theirs
        from webhook_receipts where id > ${cursor ?? first}::uuid order by id limit ${rowsAtOnce}`,
  );
  const theirs = rows.filter((row) => row.theirs).map(({ id }) => id);
  await rowsOf(
    ctx,
    SQL`update webhook_receipts set body = '', headers = '{}', error = 'Erased.',
          state = case when state = 'done' then state else 'skipped' end where id = any(${theirs}::uuid[])`,
  );
  return { counts: { receipts: theirs.length }, cursor: rows.length === rowsAtOnce ? (rows.at(-1)?.id ?? null) : null };
}

const first = '00000000-0000-0000-0000-000000000000';

/** Samples of refused deliveries: twenty for each source. */
export async function eraseRejections(ctx: Context, { known }: Erasing): Promise<Chunk> {
  const rows = await rowsOf(
    ctx,
    SQL`delete from webhook_rejections where encode(body, 'escape') ~* ${mentionsInBytes(known)} returning 1`,
  );
  return { counts: { rejections: rows.length }, cursor: null };
}

interface Answer {
  actorId: string;
  route: string;
  key: string;
  answer: Buffer;
  at: string;
}

/** Answers that are kept for repeats of a request: sealed, so each is opened to see whether it speaks of them. */
export async function eraseAnswers(ctx: Context, { known, cursor }: Erasing): Promise<Chunk> {
  const { at, key } = cursor === null ? { at: '-infinity', key: '' } : (JSON.parse(cursor) as { at: string; key: string }); // as written below
  const rows = await rowsOf<Answer>(
    ctx,
    SQL`select actor_id as "actorId", route, key, answer, created_at::text as at from idempotency_keys
        where (created_at, actor_id || route || key) > (${at}::timestamptz, ${key}) order by created_at, actor_id || route || key limit ${rowsAtOnce}`,
  );
  const words = [...known.ids, ...known.addresses, ...known.names].map((word) => word.toLowerCase());
  const mentions = (text: string) => words.some((word) => text.toLowerCase().includes(word));
  const theirs = rows.filter((row) => mentions(row.route) || mentions(opened(ctx, row)));
  for (const row of theirs) {
    await rowsOf(
      ctx,
      SQL`delete from idempotency_keys where actor_id = ${row.actorId} and route = ${row.route} and key = ${row.key}`,
    );
  }
  const last = rows.length === rowsAtOnce ? rows.at(-1) : undefined;
  return {
    counts: { answers: theirs.length },
    cursor: last === undefined ? null : JSON.stringify({ at: last.at, key: `${last.actorId}${last.route}${last.key}` }),
  };
}

const opened = (ctx: Context, { actorId, route, key, answer }: Answer): string =>
  ctx.ports.secrets.open(answer, ['idempotency_keys', `${actorId} ${route} ${key}`, 'answer']);
