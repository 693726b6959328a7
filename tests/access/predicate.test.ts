import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Actor, type Context, type Grants, rowOf, rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { AppError } from '../../src/errors.ts';
import { effectiveGrants, grantsJson } from '../../src/identity/grants.ts';
import { type ObjectName, requireReach, visible } from '../../src/identity/permissions.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { Evaluator, type Organisation, organisation } from './organisations.ts';
import { idsOf, write } from './written-organisation.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

class Undone extends Error {}

/** Runs the work in a transaction that leaves nothing behind. */
async function undone(work: (ctx: Context) => Promise<void>): Promise<void> {
  const result = hub.deed(async (ctx) => {
    await work(ctx);
    throw new Undone();
  });
  await result.catch((error: unknown) => {
    if (!(error instanceof Undone)) throw error;
  });
}

const tables = {
  company: 'companies',
  contact: 'contacts',
  deal: 'deals',
  activity: 'activities',
  task: 'tasks',
  message: 'messages',
};

/** The viewer as the door would find them. */
async function viewerOf(ctx: Context, org: Organisation, userId: string): Promise<Actor> {
  const row = await rowOf<{ grants: Grants }>(
    ctx,
    SQL`select ${SQL.raw(grantsJson('roles', `'${userId}'::uuid`))} as grants from roles where key = 'rep'`,
  );
  const permissions = Object.fromEntries(Object.entries(org.reads).map(([object, read]) => [object, { read, edit: org.edits }]));
  return { kind: 'user', id: userId, userId, grants: effectiveGrants({ ...row!.grants, permissions, capabilities: [] }) };
}

const seenOf = async (ctx: Context, object: keyof typeof tables, ids: string[]): Promise<boolean[]> => {
  const rows = await rowsOf<{ id: string }>(
    ctx,
    SQL`select id from ${SQL.ref(tables[object])} as t where id = any(${ids}::uuid[]) and ${visible(ctx, object, 't')}`,
  );
  return ids.map((id) => rows.some((row) => row.id === id));
};

async function editOf(
  ctx: Context,
  object: ObjectName,
  record: { id: string; ownerId: string | null },
): Promise<'done' | number> {
  try {
    await requireReach(ctx, { object, verb: 'edit' }, record);
    return 'done';
  } catch (error) {
    if (error instanceof AppError) return error.status;
    throw error;
  }
}

it('says of every record of any organisation what a person who reads the rules would say', async () => {
  await fc.assert(
    fc.asyncProperty(organisation, async (org) => {
      // A message has one activity at most: the first one that claims it keeps it.
      const claimed = new Set<number>();
      org.messages = org.messages.map((message) => {
        const free = message.activity !== null && message.activity < org.activities.length && !claimed.has(message.activity);
        if (free) claimed.add(message.activity!);
        return free ? message : { ...message, activity: null };
      });
      const ids = idsOf(org);
      await undone(async (hubs) => {
        await write(hubs, org, ids);
        const ctx = { ...hubs, actor: await viewerOf(hubs, org, ids.user[0]!) };
        const rules = new Evaluator(org);
        for (const object of ['company', 'contact', 'deal'] as const) {
          expect(await seenOf(ctx, object, ids[object]), object).toEqual(ids[object].map((_, n) => rules.seesRecord(object, n)));
          for (const [n, id] of ids[object].entries()) {
            const owner = org.records[object][n] ?? null;
            const ownerId = owner === null ? null : ids.user[owner]!;
            expect(await editOf(ctx, object, { id, ownerId }), `edit of ${object} ${n}`).toBe(rules.edit(object, n));
          }
        }
        expect(await seenOf(ctx, 'activity', ids.activity), 'activity').toEqual(
          ids.activity.map((_, n) => rules.seesActivity(n)),
        );
        expect(await seenOf(ctx, 'task', ids.task), 'task').toEqual(ids.task.map((_, n) => rules.seesTask(n)));
        expect(await seenOf(ctx, 'message', ids.message), 'message').toEqual(ids.message.map((_, n) => rules.seesMessage(n)));
      });
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 60) },
  );
});
