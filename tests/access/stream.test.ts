import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { openStream } from '../support/sse.ts';

let hub: Hub;
let url: string;
let clock = new Date();
beforeAll(async () => {
  hub = await startHub({ consumers: [], now: () => clock });
  const origin = await hub.app.listen({ port: 0, host: '127.0.0.1' });
  url = `${origin}/api/v1/events/stream?types=company.created`;
});
afterAll(() => hub.stop());

const sessionOf = async ({ email, password }: { email: string; password: string }) => {
  const { headers } = await hub.call('POST', '/session', { key: null, body: { email, password } });
  return { cookie: String(headers['set-cookie']).split(';')[0] ?? '' };
};

it('ends with the key or the session that it was begun with, and says nothing after', async () => {
  const expiresAt = new Date(clock.getTime() + 3_600_000).toISOString();
  const { key } = (await hub.call('POST', '/keys', { body: { name: 'Brief', role: 'viewer', expiresAt } })).body;
  const streams = await Promise.all([
    openStream(url, { authorization: `Bearer ${key}` }),
    openStream(url, await sessionOf(await hub.aRep())),
  ]);
  expect(streams.map(({ status }) => status)).toEqual([200, 200]);
  clock = new Date(clock.getTime() + 100 * 86_400_000);
  await aCompany(hub);
  await Promise.all(streams.map(({ ended }) => ended));
  expect(streams.flatMap(({ events }) => events)).toEqual([]);
});

it('ends at once for a user who is removed', async () => {
  const rep = await hub.aRep();
  const stream = await openStream(url, await sessionOf(rep));
  expect((await hub.call('DELETE', `/users/${rep.id}`, { body: { inheritor: hub.admin.id } })).status).toBe(204);
  await stream.ended;
});
