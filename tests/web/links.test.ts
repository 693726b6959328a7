import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.stop());

it('lets an admin make a link, by which the new user sets a password and is in', async () => {
  const page = await site.open('/settings/users');
  await page.getByRole('button', { name: 'New user' }).click();
  const form = page.getByRole('dialog', { name: 'New user' });
  await form.getByRole('textbox', { name: 'Name' }).fill('Nora New');
  await form.getByRole('textbox', { name: 'E-mail' }).fill('nora@acme.test');
  await form.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('button', { name: 'Make a link for Nora New' }).click();
  const shown = page.getByRole('group', { name: 'Give this link to them. It works once.' });
  const url = new URL((await shown.textContent()) ?? '');
  const nora = await site.open(`/link${url.hash}`, { signedIn: false });
  await nora.getByRole('heading', { name: 'Welcome, Nora New' }).waitFor();
  await expectAccessible(nora);
  await nora.getByLabel('New password').fill('short');
  await nora.getByRole('button', { name: 'Set the password and sign in' }).click();
  await nora.getByText('must have at least 10 characters').waitFor();
  await nora.getByLabel('New password').fill('a long enough secret');
  await nora.getByRole('button', { name: 'Set the password and sign in' }).click();
  await nora.getByRole('heading', { name: 'My tasks' }).waitFor();
  const again = await site.open(`/link${url.hash}`, { signedIn: false });
  await again.getByText('Ask an admin for a new link.').waitFor();
});

it('asks for a second factor where the role needs one, shows the recovery codes, and takes one of them', async () => {
  await site.hub.call('PUT', '/settings/sign-in', { body: { passwordSignIn: true, secondFactorRoles: ['rep'] } });
  const { TOTP, Secret } = await import('otpauth');
  const signIn = async () => {
    const page = await site.open('/sign-in', { signedIn: false });
    await page.getByLabel('E-mail').fill('nora@acme.test');
    await page.getByRole('textbox', { name: 'Password' }).fill('a long enough secret');
    await page.getByRole('button', { name: 'Sign in' }).click();
    return page;
  };
  const page = await signIn();
  const secret = (await page.getByText('Or type this into the app:').locator('code').textContent()) ?? '';
  await page.getByRole('img', { name: 'QR code for an authenticator app' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('textbox', { name: 'Code' }).fill('000000');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('The code is wrong').waitFor();
  await page.getByRole('textbox', { name: 'Code' }).fill(new TOTP({ secret: Secret.fromBase32(secret) }).generate());
  await page.getByRole('button', { name: 'Continue' }).click();
  const codes = ((await page.getByLabel('Recovery codes').textContent()) ?? '').split('\n');
  expect(codes.length).toBeGreaterThan(5);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByRole('heading', { name: 'My tasks' }).waitFor();
  const later = await signIn();
  await later.getByRole('textbox', { name: 'Code' }).fill(codes[0] ?? '');
  await later.getByRole('button', { name: 'Continue' }).click();
  await eventually(async () => (await later.getByRole('heading', { name: 'My tasks' }).count()) === 1);
  expect(site.complaints).toEqual([]);
});
