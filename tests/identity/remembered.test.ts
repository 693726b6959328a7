import { afterAll, beforeAll, expect, it } from 'vitest';
import { rememberCallers } from '../../src/identity/callers.ts';
import { keyIdOf } from '../../src/identity/keys.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let now = new Date('2026-11-30T09:00:00Z');
let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ consumers: [], now: () => now });
});
afterAll(() => hub.stop());

it('knows a caller again while nothing changes of what they may, and as another as soon as something does', async () => {
  const callers = rememberCallers(hub.services);
  const heard: { type: string; recordId: string | null }[] = [];
  hub.services.ports.live.subscribe((events) => heard.push(...events));
  const rita = await hub.aRep('Rita');
  const isHerKey = (id: string | null) => id?.replaceAll('-', '') === keyIdOf(rita.key);
  await eventually(async () => heard.some(({ type, recordId }) => type === 'api_key.created' && isHerKey(recordId)));
  const shown = () => callers.byKey(rita.key, { kind: 'http' });
  const first = await shown();
  expect(first?.grants.capabilities).not.toContain('*');
  for (let minute = 0; minute < 3; minute++) {
    now = new Date(now.getTime() + 60_000); // longer than anybody is remembered unasked
    expect(await shown()).toBe(first);
  }
  expect((await hub.call('PATCH', `/users/${rita.id}`, { body: { role: 'admin' } })).status).toBe(200);
  const promoted = await shown();
  expect(promoted).toMatchObject({ kind: 'key', userId: rita.id });
  expect(promoted?.grants.capabilities).toEqual(['*']);
  expect((await hub.call('PATCH', `/users/${rita.id}`, { body: { disabled: true } })).status).toBe(200);
  expect(await shown()).toBeUndefined();
  await callers.stop();
});
