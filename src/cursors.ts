import type { Context } from './context.ts';
import { invalidField } from './errors.ts';
import type { Place } from './places.ts';
import type { Slot } from './plans.ts';

/** Where the page before ended: what its last row sorts by, and its id. */
export interface End {
  values: (string | Slot | null)[];
  id: string | Slot;
  /** Whether Postgres plans without looking at them: else it thinks a plan for each place better than one for all, and plans each time. */
  unseen: boolean;
}

/** Cursors are opaque: what the last row sorts by and its id, signed, so that nobody makes their own. */
export function makeCursor(
  ctx: Context,
  { sort, values, id }: { sort: string; values: readonly (string | null)[]; id: string | null },
): string {
  const body = Buffer.from(JSON.stringify([sort, values, id])).toString('base64url');
  return `${body}.${signatureOf(ctx, body)}`;
}

/** The first twelve bytes, which are sixteen characters. */
const signatureOf = (ctx: Context, body: string): string => ctx.ports.secrets.sign('cursor', body).slice(0, 16);

/** Where a cursor says that the page before ended. Throws 400 for one that was not made here, or for another sort. */
export function endOf(
  ctx: Context,
  cursor: string | undefined,
  { sort, keys, place, unseen }: { sort: string; keys: number; place: Place; unseen: boolean },
): End | undefined {
  if (cursor === undefined) return undefined;
  const [body = '', signature = ''] = cursor.split('.');
  const [of, values, id] =
    signature === signatureOf(ctx, body)
      ? (JSON.parse(Buffer.from(body, 'base64url').toString()) as [string, string[], string])
      : [];
  // An earlier version may have sorted by fewer under the same name.
  if (of !== sort || values?.length !== keys || id === undefined) {
    throw invalidField(
      place.of('cursor'),
      'invalid_cursor',
      'cursor must be a nextCursor of this list with the same sort; start again without it.',
    );
  }
  return { values, id, unseen };
}
