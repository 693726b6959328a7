import { afterAll, beforeAll, expect, it } from 'vitest';
import { notify } from '../../src/notifications/notifications.ts';
import { aTask } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const due = (userId: string, recordId: string, basis = '2026-01-01') =>
  hub.deed((ctx) => notify(ctx, { userId, kind: 'task_due', recordType: 'task', recordId, subject: 'Call back', basis }));
const list = async (key: string, query = '') => (await hub.call('GET', `/notifications${query}`, { key })).body.data;

it('tells a user once about the same thing, and again when its basis has changed', async () => {
  const rep = await hub.aRep();
  const { id } = await aTask(hub);
  expect([await due(rep.id, id), await due(rep.id, id), await due(rep.id, id, '2026-01-02')]).toEqual([true, false, true]);
  expect(await list(rep.key)).toHaveLength(2);
});

it('shows a user their own notifications alone, and takes what was read off the unread ones', async () => {
  const [rita, rob] = [await hub.aRep('Rita'), await hub.aRep('Rob')];
  await due(rita.id, (await aTask(hub)).id);
  const [notification] = await list(rita.key);
  expect(await list(rob.key)).toEqual([]);
  expect(await list(hub.admin.key)).toEqual([]);
  const read = (key: string) => hub.call('POST', `/notifications/${notification.id}/read`, { key });
  expect((await read(rob.key)).status).toBe(404);
  expect((await read(rita.key)).status).toBe(204);
  expect(await list(rita.key, '?unread=true')).toEqual([]);
  expect(await list(rita.key)).toMatchObject([{ readAt: expect.any(String) }]);
});
