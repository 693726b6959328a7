import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const throughline = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['bin/throughline.ts', ...args], {
    env: { PATH: process.env.PATH, DATABASE_URL: hub.database.url, PUBLIC_URL: 'https://hub.example/', LOG_LEVEL: 'silent' },
  });

it('makes a user with a password of nobody else’s, and refuses an address that somebody has', async () => {
  const made = await throughline('user', 'create', '--email', 'op@acme.test', '--name', 'Op', '--role', 'admin');
  const password = /^Made op@acme\.test with the password (\S{20})\n$/.exec(made.stdout)?.[1] ?? '';
  const entered = await hub.call('POST', '/session', { key: null, body: { email: 'op@acme.test', password } });
  expect(entered.status).toBe(204);
  await expect(throughline('user', 'create', '--email', 'OP@acme.test', '--name', 'X')).rejects.toMatchObject({ code: 1 });
});

it('prints a link that lets a user in although passwords are off, and says when there is no such user', async () => {
  await hub.call('POST', '/identity-providers', {
    body: { key: 'sso', name: 'SSO', issuer: 'https://id.example', clientId: 'x' },
  });
  await hub.call('PUT', '/settings/sign-in', { body: { passwordSignIn: false, secondFactorRoles: [] } });
  const { stdout } = await throughline('user', 'reset-link', '--email', hub.admin.email.toUpperCase());
  expect(stdout).toMatch(/^https:\/\/hub\.example\/link#[\w-]{43}\n$/);
  const follow = () =>
    hub.call('POST', '/links/follow', {
      key: null,
      body: { token: stdout.trim().split('#')[1], password: 'a long enough secret' },
    });
  expect((await follow()).status).toBe(204);
  expect((await follow()).status).toBe(410);
  expect((await logOf(hub, hub.admin.id)).map(({ type }) => type)).toContain('user.link_made');
  await expect(throughline('user', 'reset-link', '--email', 'nobody@acme.test')).rejects.toMatchObject({
    stderr: 'There is no user nobody@acme.test.\n',
  });
});
