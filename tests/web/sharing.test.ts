import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, aDeal } from '../support/factories.ts';
import type { Person } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

const folder = join(import.meta.dirname, '../.artifacts/screenshots');
let site: Site;
let rita: Person;
let carl: Person;
let viewer: Person;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  site = await startSite();
  const { hub } = site;
  [rita, carl, viewer] = await Promise.all([hub.aRep('Rita'), hub.aRep('Carl'), hub.aUser('viewer', 'Vera')]);
  await hub.call('POST', '/teams', { body: { name: 'North' } });
});
afterAll(() => site.stop());

const sharesOf = async (path: string) => (await site.hub.call('GET', `${path}/shares`)).body.data;

it('shares a record with a person and a team by keyboard alone, and ends a share; another window sees it', async () => {
  const { id } = await aContact(site.hub, { key: rita.key, firstName: 'Ada' });
  const other = await site.open(`/contacts/${id}`);
  const page = await site.open(`/contacts/${id}`, { as: rita, beside: true });
  await page.getByRole('button', { name: 'Share' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Share Ada' });
  const holder = dialog.getByRole('combobox', { name: 'With whom' });
  await eventually(() => holder.evaluate((input) => input.ownerDocument.activeElement === input));
  await expectAccessible(page);
  await page.keyboard.type('Carl');
  await page.getByRole('option', { name: 'Carl' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await eventually(async () => (await sharesOf(`/contacts/${id}`)).length === 1);
  expect(await sharesOf(`/contacts/${id}`)).toMatchObject([{ userId: carl.id, access: 'edit' }]);
  await dialog.getByRole('button', { name: 'Stop sharing with Carl' }).waitFor();
  await other.getByRole('button', { name: 'Shared with 1' }).waitFor();
  await holder.click();
  await page.getByRole('option', { name: 'North' }).click();
  await dialog.getByRole('button', { name: 'Share', exact: true }).click();
  await dialog.getByRole('button', { name: 'Stop sharing with North' }).waitFor();
  await expectAccessible(page);
  await page.screenshot({ path: join(folder, 'share-1440.png') });
  await dialog.getByRole('button', { name: 'Stop sharing with Carl' }).click();
  await eventually(async () => (await sharesOf(`/contacts/${id}`)).length === 1);
  await dialog.getByRole('button', { name: 'Stop sharing with Carl' }).waitFor({ state: 'detached' });
  await other.getByRole('button', { name: 'Shared with 1' }).waitFor();
});

it('shows a viewer with whom it is shared, and nothing to press that the hub would refuse', async () => {
  const deal = await aDeal(site.hub, { key: rita.key, name: 'Mill' });
  await site.hub.call('POST', `/deals/${deal.id}/shares`, { body: { userId: carl.id, access: 'read' } });
  const page = await site.open(`/deals/${deal.id}`, { as: viewer, width: 390, height: 844 });
  await page.getByRole('button', { name: 'Shared with 1' }).click();
  const dialog = page.getByRole('dialog', { name: 'Who sees Mill too' });
  await dialog.getByText('Carl').waitFor();
  expect(await dialog.getByRole('button', { name: /Share|Stop/ }).count()).toBe(0);
  await expectAccessible(page);
  await page.screenshot({ path: join(folder, 'share-390.png') });
  await page.keyboard.press('Escape');
  await page.getByText('Mill', { exact: true }).first().waitFor();
  for (const name of [/^Edit /, 'More', 'Log', 'Add a person']) expect(await page.getByRole('button', { name }).count()).toBe(0);
  await expectAccessible(page);
  await page.screenshot({ path: join(folder, 'deal-viewer-390.png'), fullPage: true });
  await site.hub.call('DELETE', `/deals/${deal.id}/shares/${(await sharesOf(`/deals/${deal.id}`))[0].id}`);
  await page.getByRole('button', { name: 'Shared with 1' }).waitFor({ state: 'detached' });
});

it('lets whom it is shared with to edit do so as soon as it is', async () => {
  const { id } = await aContact(site.hub, { key: rita.key, firstName: 'Grace' });
  const page = await site.open(`/contacts/${id}`, { as: carl });
  await page.getByRole('heading', { name: 'Grace' }).waitFor();
  await page.getByRole('button', { name: 'History' }).waitFor();
  expect(await page.getByRole('button', { name: /^Edit First name/ }).count()).toBe(0);
  await site.hub.call('POST', `/contacts/${id}/shares`, { body: { userId: carl.id, access: 'edit' } });
  await page.getByRole('button', { name: /^Edit First name/ }).waitFor();
  expect(site.complaints).toEqual([]);
});
