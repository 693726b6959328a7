import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import type { FolderInfo, FolderRole } from './mail.ports.ts';

/** A folder with its cursors: every message from `uidFloor` to `uidCeiling` is in the ledger. */
export interface SyncFolder {
  id: string;
  path: string;
  role: FolderRole;
  uidValidity: number;
  uidFloor: number;
  uidCeiling: number;
  state: 'backfilling' | 'complete' | 'gone';
}

const folderRow = SQL`id, path, role, uidvalidity::float8 as "uidValidity", uid_floor::float8 as "uidFloor",
  uid_ceiling::float8 as "uidCeiling", state`;

/** Drafts are not mail yet, junk and trash are not wanted, and what is flagged lies elsewhere too. */
const notRead: ReadonlySet<FolderRole> = new Set(['drafts', 'junk', 'trash', 'flagged']);

const order: Record<string, number> = { inbox: 0, sent: 1 };

/**
 * Brings the folders up to date with the server's list. A new folder begins with nothing seen, above and below. One whose UIDs lost their
 * meaning (UIDVALIDITY) begins anew: its messages are recognised by content, so nothing is logged twice. Inbox first, then sent.
 */
export async function refreshFolders(ctx: Context, mailboxId: string, listed: readonly FolderInfo[]): Promise<SyncFolder[]> {
  const rows = listed
    .filter(({ role, status }) => !notRead.has(role) && status !== undefined)
    .map(({ path, role, status }) => ({
      id: newId(),
      path,
      role,
      uidvalidity: status?.uidValidity,
      next: status?.uidNext,
      modseq: status?.highestModseq?.toString() ?? null,
      count: status?.exists,
    }));
  const given = SQL`json_to_recordset(${JSON.stringify(rows)}::json) as g (id uuid, path text, role text, uidvalidity bigint, next bigint,
    modseq numeric, count int)`;
  const reset = await rowsOf<{ id: string }>(
    ctx,
    SQL`select f.id from mail_folders f join ${given} on g.path = f.path
        where f.mailbox_id = ${mailboxId} and f.uidvalidity <> g.uidvalidity for update of f`,
  );
  for (const { id } of reset) await rowsOf(ctx, SQL`delete from mail_ledger where folder_id = ${id}`);
  await rowsOf(
    ctx,
    SQL`update mail_folders set state = 'gone' where mailbox_id = ${mailboxId} and not path = any(${rows.map(({ path }) => path)})`,
  );
  const folders = await rowsOf<SyncFolder>(
    ctx,
    SQL`insert into mail_folders as f (id, mailbox_id, path, role, uidvalidity, uid_floor, uid_ceiling, modseq, message_count)
        select g.id, ${mailboxId}, g.path, g.role, g.uidvalidity, g.next, g.next - 1, g.modseq, g.count from ${given}
        on conflict (mailbox_id, path) do update set role = excluded.role, modseq = excluded.modseq, message_count = excluded.message_count,
          uid_floor = case when f.uidvalidity = excluded.uidvalidity then f.uid_floor else excluded.uid_floor end,
          uid_ceiling = case when f.uidvalidity = excluded.uidvalidity then f.uid_ceiling else excluded.uid_ceiling end,
          state = case when f.uidvalidity <> excluded.uidvalidity or f.state = 'gone' then 'backfilling' else f.state end,
          uidvalidity = excluded.uidvalidity
        returning ${folderRow}`,
  );
  return folders.sort((a, b) => (order[a.role] ?? 2) - (order[b.role] ?? 2) || a.path.localeCompare(b.path));
}

/** A folder with its cursors as they now stand, locked until the transaction ends; undefined when its UIDs mean something else by now. */
export const lockFolder = (ctx: Context, { id, uidValidity }: SyncFolder): Promise<SyncFolder | undefined> =>
  rowOf<SyncFolder>(ctx, SQL`select ${folderRow} from mail_folders where id = ${id} and uidvalidity = ${uidValidity} for update`);

/** What a transaction has taken the cursors to. */
export interface CursorMove {
  floor?: number | undefined;
  ceiling?: number | undefined;
  complete?: boolean | undefined;
}

/** Moves the cursors outwards, never back. Called in the transaction that stores what they pass. */
export async function moveCursors(ctx: Context, folder: SyncFolder, move: CursorMove): Promise<void> {
  await rowsOf(
    ctx,
    SQL`update mail_folders set uid_floor = least(uid_floor, ${move.floor ?? folder.uidFloor}),
          uid_ceiling = greatest(uid_ceiling, ${move.ceiling ?? folder.uidCeiling}),
          state = case when ${move.complete ?? false} then 'complete' else state end
        where id = ${folder.id} and uidvalidity = ${folder.uidValidity}`,
  );
}

/**
 * Compares what lies in a folder with its ledger. What is gone from the server loses its location (the activity stays). Returns the UIDs
 * between the cursors that the ledger does not have: there must be none, and whoever finds one stores it.
 */
export async function reconcileFolder(ctx: Context, folder: SyncFolder, uids: readonly number[]): Promise<number[]> {
  const held = await lockFolder(ctx, folder);
  if (held === undefined) return [];
  const present = [...uids];
  await rowsOf(
    ctx,
    SQL`update mail_ledger set gone_at = case when uid = any(${present}) then null else ${ctx.now}::timestamptz end
        where folder_id = ${folder.id} and (gone_at is null) <> (uid = any(${present}))`,
  );
  const missing = await rowsOf<{ uid: number }>(
    ctx,
    SQL`select uid::float8 as uid from unnest(${present}::bigint[]) as uid
        where uid between ${held.uidFloor} and ${held.uidCeiling}
          and not exists (select 1 from mail_ledger where folder_id = ${folder.id} and mail_ledger.uid = uid.uid)
        order by 1`,
  );
  return missing.map(({ uid }) => uid);
}

/** Notes in the ledger that messages were left where they are, since they are older than the mailbox's `syncFrom`. Ends the backfill. */
export async function skipOlder(ctx: Context, { folder, mailboxId }: { folder: SyncFolder; mailboxId: string }, uids: number[]) {
  const held = await lockFolder(ctx, folder);
  if (held === undefined) return;
  await rowsOf(
    ctx,
    SQL`insert into mail_ledger (folder_id, uid, mailbox_id, outcome, rule, at)
        select ${folder.id}, uid, ${mailboxId}, 'skipped', 'before_sync_from', ${ctx.now} from unnest(${uids}::bigint[]) as uid
        where uid < ${held.uidFloor} on conflict do nothing`,
  );
  await moveCursors(ctx, held, { floor: 1, complete: true });
}
