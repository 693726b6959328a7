import { type Context, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { attemptFailed } from './attempts.ts';
import { keyIdOf } from './keys.ts';
import { tokenHash } from './tokens.ts';

/** What a caller showed, and was not taken for anybody by. */
export interface Refused {
  kind: 'session' | 'key';
  shown: string;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
const addressesAtMost = 60;
const shownAtMost = 10_000;

/**
 * Tells which refusals are written down, so that whoever guesses cannot fill the log and a page left open says it but once: each session or
 * key once a day, each address once a minute, and 60 addresses a minute.
 */
export function createRefusals(): { isNews(refused: Refused, address: string, now: Date): boolean } {
  let addresses = { since: Number.NEGATIVE_INFINITY, seen: new Set<string>() };
  let shownBefore = { since: Number.NEGATIVE_INFINITY, seen: new Set<string>() };
  return {
    isNews({ shown }, address, now) {
      const at = now.getTime();
      if (Math.abs(at - addresses.since) >= minuteMs) addresses = { since: at, seen: new Set() };
      if (Math.abs(at - shownBefore.since) >= dayMs || shownBefore.seen.size >= shownAtMost)
        shownBefore = { since: at, seen: new Set() };
      const hash = tokenHash(shown).toString('base64');
      if (addresses.seen.has(address) || addresses.seen.size >= addressesAtMost || shownBefore.seen.has(hash)) return false;
      addresses.seen.add(address);
      shownBefore.seen.add(hash);
      return true;
    },
  };
}

/** Writes a refusal into the log: of the key, or the user of the session, where it is one that has ended or was changed. */
export async function noteRefusedCaller(ctx: Context, { kind, shown }: Refused): Promise<void> {
  if (kind === 'session') {
    const ended = await rowOf<{ userId: string }>(
      ctx,
      SQL`select user_id as "userId" from sessions where token_hash = ${tokenHash(shown)}`,
    );
    return attemptFailed(ctx, 'session', ended?.userId);
  }
  const id = keyIdOf(shown);
  const key = id === undefined ? undefined : await rowOf<{ id: string }>(ctx, SQL`select id from api_keys where id = ${id}`);
  if (key === undefined) return attemptFailed(ctx, 'key', undefined);
  emit(ctx, 'api_key.refused', { keyId: key.id });
}
