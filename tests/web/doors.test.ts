import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { makeSetupLink } from '../../src/identity/users.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.stop());

it('asks who it is, refuses a wrong password in plain words, and leads back to the page that was wanted', async () => {
  const page = await site.open('/contacts?q=ada', { signedIn: false });
  await page.getByRole('heading', { name: 'Sign in to Throughline' }).waitFor();
  await expectAccessible(page);
  await page.getByLabel('E-mail').fill(site.hub.admin.email);
  await page.getByLabel('Password').first().fill('wrong password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('The address or the password is wrong.').waitFor();
  await page.getByLabel('Password').first().fill(site.hub.admin.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Contacts', exact: true }).waitFor();
  expect(new URL(page.url()).search).toBe('?q=ada');
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in to Throughline' }).waitFor();
  await page.goto('/deals');
  await page.getByRole('heading', { name: 'Sign in to Throughline' }).waitFor();
});

it('does not lead to a foreign page after signing in', async () => {
  const page = await site.open('/sign-in?back=//evil.example/', { signedIn: false });
  await page.getByLabel('E-mail').fill(site.hub.admin.email);
  await page.getByLabel('Password').first().fill(site.hub.admin.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'My tasks' }).waitFor();
  expect(new URL(page.url()).origin).toBe(site.url);
});

it('finds records and pages by Ctrl K, and shows its keys on a question mark', async () => {
  await site.hub.call('POST', '/companies', { body: { name: 'Analytical Engines', domain: 'analytical.example' } });
  const page = await site.open('/tasks');
  await page.getByRole('heading', { name: 'My tasks' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Search records and pages').pressSequentially('analyt');
  const hit = page.getByRole('button', { name: 'Analytical Engines' });
  await hit.getByText('analytical.example').waitFor();
  await expectAccessible(page);
  await page.screenshot({ path: 'tests/.artifacts/screenshots/search-1440.png' });
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Analytical Engines' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' });
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await page.getByRole('heading', { name: 'Deals', exact: true }).waitFor();
});

it('says when the connection is lost, keeps what was typed, and goes on when it is back', async () => {
  const { body } = await site.hub.call('POST', '/contacts', { body: { firstName: 'Lost' } });
  const page = await site.open(`/contacts/${body.id}`);
  await page.getByRole('textbox', { name: 'Text' }).fill('Typed without a connection');
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Log', exact: true }).click();
  await page.getByText('The connection to the hub is lost. What you typed is kept').waitFor();
  expect(await page.getByRole('textbox', { name: 'Text' }).inputValue()).toBe('Typed without a connection');
  await page.context().setOffline(false);
  await page.getByText('The connection to the hub is lost. What you typed is kept').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Log', exact: true }).click();
  await page.getByRole('article').getByText('Typed without a connection').waitFor();
});

it('makes a key and shows it once, and lists users', async () => {
  const page = await site.open('/settings/keys');
  await page.getByRole('button', { name: 'New key' }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Billing sync');
  await page.getByRole('combobox', { name: 'Role' }).click();
  await page.getByRole('option', { name: 'Viewer' }).click();
  await page.getByRole('textbox', { name: 'Works until' }).fill('2099-12-31');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText('shown this once').waitFor();
  const key = (await page.getByRole('group', { name: 'API keys' }).textContent()) ?? '';
  expect((await site.hub.call('GET', '/me', { key })).body).toMatchObject({ kind: 'key', role: 'viewer' });
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('row', { name: /^Billing sync Viewer .* 1 Jan 2100, 00:00/ }).waitFor();
  await page.getByRole('button', { name: 'New secret for Billing sync' }).click();
  await page.getByRole('button', { name: 'New secret', exact: true }).last().click();
  await page.getByText('shown this once').waitFor();
  const next = (await page.getByRole('group', { name: 'API keys' }).textContent()) ?? '';
  expect(next).not.toBe(key);
  for (const one of [key, next]) expect((await site.hub.call('GET', '/me', { key: one })).status).toBe(200);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Revoke Billing sync' }).click();
  await page.getByRole('button', { name: 'Revoke', exact: true }).last().click();
  await page.getByRole('cell', { name: 'Billing sync', exact: true }).waitFor({ state: 'hidden' });
  expect((await site.hub.call('GET', '/me', { key })).status).toBe(401);
  await page.getByRole('link', { name: 'Users' }).click();
  await page.getByText(site.hub.admin.email).waitFor();
  await expectAccessible(page);
});

it('makes the first admin with the one-time link', async () => {
  const token = await site.hub.deed(async (ctx) => {
    await rowsOf(ctx, SQL`truncate users cascade`);
    return makeSetupLink(ctx);
  });
  const page = await site.open(`/setup?token=${token}`, { signedIn: false });
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('E-mail').fill('ada@lovelace.example');
  await page.getByLabel('Password').first().fill('short');
  await page.getByRole('button', { name: 'Make the admin and sign in' }).click();
  await page.getByText('must have at least 10 characters').waitFor();
  await expectAccessible(page);
  await page.getByLabel('Password').first().fill('correct horse battery');
  await page.getByRole('button', { name: 'Make the admin and sign in' }).click();
  await page.getByRole('heading', { name: 'Contacts', exact: true }).waitFor();
  await page.goto(`/setup?token=${token}`);
  await page.getByText('This hub has its first admin already.').waitFor();
});

it('breaks no rule of its own content policy and throws nothing', () => {
  expect(site.complaints).toEqual([]);
});
