import { createHash } from 'node:crypto';
import { type Context, newId, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { type Relations, threadKeys } from './thread.rules.ts';

/** Message-IDs can be longer than an index entry may be. */
const keyOf = (id: string): string => createHash('sha256').update(id).digest('base64url').slice(0, 22);

/**
 * The thread of each message, made or united as their ids demand: any order of arrival ends in the same threads. The caller holds the
 * lock of the mail store, so no two transactions unite at once.
 */
export async function threadsOf(ctx: Context, messages: readonly Relations[]): Promise<string[]> {
  const keys = messages.map((message) => threadKeys(message).map(keyOf));
  const all = [...new Set(keys.flat())];
  const known = await rowsOf<{ key: string; threadId: string }>(
    ctx,
    SQL`select key, thread_id as "threadId" from mail_thread_keys where key = any(${all})`,
  );
  const groups = new Groups();
  // Threads and keys are nodes of one graph; a thread's id cannot be mistaken for a key, which is shorter.
  for (const { key, threadId } of known) groups.unite(key, threadId);
  for (const list of keys) for (const key of list) groups.unite(list[0] ?? key, key);
  const old = [...new Set(known.map(({ threadId }) => threadId))].sort();
  const chosen = new Map<string, string>();
  for (const threadId of old) if (!chosen.has(groups.find(threadId))) chosen.set(groups.find(threadId), threadId);
  const losers = old.filter((threadId) => chosen.get(groups.find(threadId)) !== threadId);
  const fresh: string[] = [];
  const threadOf = (node: string | undefined): string => {
    const thread = node === undefined ? undefined : chosen.get(groups.find(node));
    if (thread !== undefined) return thread;
    const made = newId();
    fresh.push(made);
    if (node !== undefined) chosen.set(groups.find(node), made);
    return made;
  };
  const threads = keys.map((list) => threadOf(list[0]));
  const knownKeys = new Set(known.map(({ key }) => key));
  const added = all.filter((key) => !knownKeys.has(key)).map((key) => ({ key, thread: threadOf(key) }));
  await writeThreads(ctx, fresh, added);
  if (losers.length > 0)
    await unite(
      ctx,
      losers.map((from) => ({ from, to: threadOf(from) })),
    );
  return threads;
}

async function writeThreads(ctx: Context, fresh: string[], added: { key: string; thread: string }[]): Promise<void> {
  await rowsOf(
    ctx,
    SQL`with threads as (
          insert into mail_threads (id, created_at) select id, ${ctx.now}::timestamptz from unnest(${fresh}::uuid[]) as id
        )
        insert into mail_thread_keys (key, thread_id)
        select * from unnest(${added.map(({ key }) => key)}::text[], ${added.map(({ thread }) => thread)}::uuid[])`,
  );
}

/** Moves all that hangs on threads which turned out to be part of another. */
async function unite(ctx: Context, moves: { from: string; to: string }[]): Promise<void> {
  const moved = SQL`unnest(${moves.map(({ from }) => from)}::uuid[], ${moves.map(({ to }) => to)}::uuid[]) as moved (old, new)`;
  await rowsOf(ctx, SQL`update messages set thread_id = moved.new from ${moved} where thread_id = moved.old`);
  await rowsOf(ctx, SQL`update mail_thread_keys set thread_id = moved.new from ${moved} where thread_id = moved.old`);
  await rowsOf(ctx, SQL`delete from mail_threads where id = any(${moves.map(({ from }) => from)})`);
}

/** Union-find with path halving. */
class Groups {
  readonly #parents = new Map<string, string>();

  find(node: string): string {
    let at = node;
    for (let parent = this.#parents.get(at); parent !== undefined && parent !== at; parent = this.#parents.get(at)) {
      const above = this.#parents.get(parent) ?? parent;
      this.#parents.set(at, above);
      at = above;
    }
    return at;
  }

  unite(a: string, b: string): void {
    const [rootA, rootB] = [this.find(a), this.find(b)];
    if (rootA !== rootB) this.#parents.set(rootA, rootB);
  }
}
