import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { makeSetupLink } from '../../src/identity/users.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
let clock = new Date();
beforeAll(async () => {
  hub = await startHub({ now: () => clock });
  await hub.deed((ctx) => rowsOf(ctx, SQL`delete from users`)); // as it is before anybody has come
});
afterAll(() => hub.stop());

const admin = { name: 'Ada', email: 'ada@first.example', password: 'a long enough secret' };
const setUp = (token: string) => hub.call('POST', '/setup', { body: { token, ...admin }, key: null });

it('makes the first admin with the newest link, once, within a day', async () => {
  expect((await hub.call('GET', '/setup', { key: null })).body).toEqual({ needed: true });
  const old = (await hub.deed(makeSetupLink)) ?? '';
  const link = (await hub.deed(makeSetupLink)) ?? '';
  expect(await setUp(old)).toMatchObject({ status: 410, body: { code: 'setup_link_invalid' } });
  const today = clock;
  clock = new Date(today.getTime() + 25 * 3_600_000);
  expect((await setUp(link)).status).toBe(410);
  clock = today;
  const together = await Promise.all(Array.from({ length: 5 }, () => setUp(link)));
  expect(together.map((answer) => answer.status).sort()).toEqual([201, 410, 410, 410, 410]);
  const made = together.find((answer) => answer.status === 201);
  expect(made?.body).toMatchObject({ name: 'Ada', role: 'admin' });
  expect(String(made?.headers['set-cookie'])).toContain('throughline_session=');
  expect((await hub.call('GET', '/setup', { key: null })).body).toEqual({ needed: false });
  const written = await hub.deed((ctx) =>
    rowsOf<{ data: object }>(ctx, SQL`select data from events where type = 'user.sign_in_failed' and data->>'method' = 'link'`),
  );
  expect(written).toHaveLength(2 + 4);
  expect(JSON.stringify(written)).not.toContain(link);
});

it('gives no link while there is an admin, and one while there are others only', async () => {
  expect(await hub.deed(makeSetupLink)).toBeUndefined();
  await hub.deed((ctx) => rowsOf(ctx, SQL`update users set role_key = 'rep'`));
  expect(await hub.deed(makeSetupLink)).toBeTruthy();
  expect((await hub.call('GET', '/setup', { key: null })).body).toEqual({ needed: true });
});
