import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillDemo } from '../../bin/demo/fill.ts';
import { removeDemo } from '../../bin/demo/remove.ts';
import { demoStory } from '../../bin/demo/story.ts';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aContact } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
  await aContact(hub);
});
afterAll(() => hub.stop());

/** Rows of every table. */
async function counts(): Promise<Record<string, number>> {
  return hub.deed(async (ctx) => {
    const tables = await rowsOf<{ name: string }>(
      ctx,
      SQL`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
    );
    const all = tables.map(({ name }) => SQL`select ${SQL.lit(name)} as name, count(*)::int as count from ${SQL.ref(name)}`);
    const rows = await rowsOf<{ name: string; count: number }>(ctx, SQL.join(all, SQL` union all `) as never);
    return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
  });
}

const settled = (all: Record<string, number>) =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !/session|idempotency/.test(name)));

it('tells the same story for the same seed', () => {
  expect(demoStory(7)).toEqual(demoStory(7));
  expect(demoStory(7)).not.toEqual(demoStory(8));
});

it('fills a believable organisation that sets nothing off, and takes exactly that away', async () => {
  const before = settled(await counts());
  await fillDemo(hub.services, 1);
  const full = await counts();
  expect(full.contacts).toBe(501);
  expect(full.pipelines).toBe(3);
  expect(full.messages).toBeGreaterThan(100);
  expect(full.deal_stage_history).toBeGreaterThan(300);
  const live = await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`select 1 from events where origin = 'live' and record_type in ('contact', 'deal') and at > now() - interval '1 hour'`,
    ),
  );
  expect(live).toHaveLength(1);
  await expect(fillDemo(hub.services, 1)).rejects.toMatchObject({ code: 'demo_present' });
  expect(await hub.deed(removeDemo)).toEqual({});
  expect(settled(await counts())).toEqual(before);
  await expect(hub.deed(removeDemo)).rejects.toMatchObject({ code: 'demo_absent' });
});

it('keeps what people have edited or built upon, and says so', async () => {
  await fillDemo(hub.services, 2);
  const [edited, built] = (await hub.call('GET', '/contacts?q=demo-contacts&limit=2')).body.data;
  await hub.call('PATCH', `/contacts/${edited.id}`, { body: { title: 'Mine now' } });
  const task = await hub.call('POST', '/tasks', { body: { title: 'Mine', contactId: built.id } });
  const kept = await hub.deed(removeDemo);
  expect(kept.contacts).toBe(2);
  expect((await hub.call('GET', `/contacts/${edited.id}`)).body.title).toBe('Mine now');
  expect((await hub.call('GET', `/contacts/${built.id}`)).status).toBe(200);
  expect((await hub.call('GET', `/tasks/${task.body.id}`)).body.contactId).toBe(built.id);
  expect((await counts()).deals).toBe(0);
});
