import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, aDeal } from '../support/factories.ts';
import type { Person } from '../support/hub.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

let site: Site;
let viewer: Person;
beforeAll(async () => {
  site = await startSite();
  viewer = await site.hub.aUser('viewer', 'Vera');
  await aContact(site.hub, { firstName: 'Ada' });
  await aDeal(site.hub, { name: 'Mill' });
});
afterAll(() => site.stop());

it('leads a role to the pages that it opens, and says so of the others', async () => {
  const page = await site.open('/settings/keys', { as: viewer });
  await page.getByText(/^Your role does not open this page/).waitFor();
  await expectAccessible(page);
  const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link');
  expect(await links.allTextContents()).toEqual(['My tasks', 'Contacts', 'Companies', 'Deals', 'Activities', 'Users']);
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Search records and pages').fill('a');
  await page.getByRole('dialog').getByRole('button', { name: 'Activities' }).waitFor();
  expect(
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Audit|API keys/ })
      .count(),
  ).toBe(0);
  const admins = await site.open('/settings/keys');
  await admins.getByRole('button', { name: 'New key' }).waitFor();
  await admins.getByRole('link', { name: 'Audit' }).waitFor();
});

it('offers a viewer nothing to make or to move', async () => {
  const page = await site.open('/contacts', { as: viewer });
  await page.getByRole('cell', { name: /^Ada/ }).first().waitFor();
  expect(await page.getByRole('button', { name: 'New contact' }).count()).toBe(0);
  await page.goto('/deals');
  const card = page.getByRole('listitem').filter({ hasText: 'Mill' });
  await card.waitFor();
  expect(await card.getByRole('button').count()).toBe(0);
  expect(await card.getAttribute('draggable')).toBeNull();
  expect(await page.getByRole('button', { name: 'New deal' }).count()).toBe(0);
  await page.goto('/tasks');
  await page.getByText('What is given to you shows up here').waitFor();
  expect(await page.getByRole('textbox').count()).toBe(0);
  expect(site.complaints).toEqual([]);
});
