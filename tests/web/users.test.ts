import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact } from '../support/factories.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.stop());

it('gives a user another role, one of the house’s own too, and shuts them out', async () => {
  const rita = await site.hub.aRep('Rita');
  const role = { key: 'clerk', name: 'Clerk', permissions: { contact: { read: 'all' } } };
  expect((await site.hub.call('POST', '/roles', { body: role })).status).toBe(201);
  const page = await site.open('/settings/users');
  const more = page.getByRole('button', { name: 'More for Rita' });
  await more.click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  const form = page.getByRole('dialog', { name: 'Edit Rita' });
  await form.getByRole('combobox', { name: 'Role' }).click();
  await page.getByRole('option', { name: 'Clerk' }).click();
  await expectAccessible(page);
  await form.getByRole('button', { name: 'Save' }).click();
  const stored = async () => (await site.hub.call('GET', `/users/${rita.id}`)).body;
  await eventually(async () => (await stored()).role === 'clerk');
  await form.waitFor({ state: 'detached' });
  await page.getByRole('cell', { name: 'clerk' }).waitFor();
  await more.click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  await form.getByRole('switch', { name: 'Disabled' }).click();
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Rita · disabled').waitFor();
  expect((await site.hub.call('GET', '/me', { key: rita.key })).status).toBe(401);
});

it('removes a user once it is said who gets what they own, and no last admin', async () => {
  const carl = await site.hub.aRep('Carl');
  const contact = await aContact(site.hub, { key: carl.key });
  const page = await site.open('/settings/users');
  const remove = async (name: string, heir: string) => {
    await page.getByRole('button', { name: `More for ${name}` }).click();
    await page.getByRole('menuitem', { name: 'Remove', exact: true }).click();
    const form = page.getByRole('dialog', { name: `Remove ${name}?` });
    await form.getByRole('combobox', { name: 'Who gets what they own' }).click();
    await page.getByRole('option', { name: heir }).click();
    await expectAccessible(page);
    await form.getByRole('button', { name: 'Remove' }).click();
    return form;
  };
  const refused = await remove('Ada', 'Carl');
  await refused.getByRole('alert').waitFor();
  await page.keyboard.press('Escape');
  await refused.waitFor({ state: 'detached' });
  await remove('Carl', 'Ada');
  await page.getByText('Carl', { exact: true }).waitFor({ state: 'detached' });
  expect((await site.hub.call('GET', `/contacts/${contact.id}`)).body.ownerId).toBe(site.hub.admin.id);
  expect(site.complaints).toEqual([]);
});
