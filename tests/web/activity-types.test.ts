import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact } from '../support/factories.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

const folder = join(import.meta.dirname, '../.artifacts/screenshots');
let site: Site;
let contact: { id: string };
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  site = await startSite();
  contact = await aContact(site.hub, { firstName: 'Ada' });
});
afterAll(() => site.stop());

const stored = async (key: string) =>
  (await site.hub.call('GET', '/activity-types')).body.data.find((type: { key: string }) => type.key === key);
const tab = (page: Page, name: string) =>
  page.getByRole('tablist', { name: 'What to log' }).getByRole('tab', { name, exact: true });
const entry = (page: Page, subject: string) =>
  page.getByRole('list', { name: 'Timeline' }).getByRole('listitem').filter({ hasText: subject });

it('makes a type with an icon, which is logged from a tab of its own and stands on the timeline by its sign', async () => {
  const page = await site.open('/settings/activity-types');
  await page.getByRole('cell', { name: 'Meeting', exact: true }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'New type' }).click();
  const form = page.getByRole('dialog', { name: 'New type' });
  await form.getByRole('textbox', { name: 'Label' }).fill('Site visit');
  await form.getByRole('textbox', { name: 'Name in the API' }).fill('call');
  await form.getByRole('button', { name: 'Create' }).click();
  await form.getByText('There is a type of activity of this key').waitFor();
  await form.getByRole('textbox', { name: 'Name in the API' }).fill('');
  await form.getByRole('radio', { name: 'map pin' }).click();
  await form.getByRole('checkbox', { name: 'Counts as contact' }).check();
  await expectAccessible(page);
  await page.screenshot({ path: join(folder, 'activity-type-form-1440.png') });
  await form.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('cell', { name: 'site_visit', exact: true }).waitFor();
  expect(await stored('site_visit')).toMatchObject({ label: 'Site visit', icon: 'map-pin', countsAsContact: true });
  await page.screenshot({ path: join(folder, 'activity-types-1440.png') });

  await page.goto(`/contacts/${contact.id}`);
  await tab(page, 'Site visit').click();
  await page.getByRole('textbox', { name: 'Text' }).fill('Walked through the works');
  await page.getByRole('textbox', { name: 'Minutes' }).fill('45');
  await page.getByRole('button', { name: 'Log', exact: true }).click();
  const logged = entry(page, 'Walked through the works');
  await logged.getByText('Site visit · 45 min').waitFor();
  await logged.locator('.tabler-icon-map-pin').waitFor();
  await expectAccessible(page);
  await page.screenshot({ path: join(folder, 'activity-type-logged-1440.png') });
});

it('renames a type wherever it shows, and offers it no more when it is archived', async () => {
  const page = await site.open('/settings/activity-types');
  await page.getByRole('button', { name: 'Edit Site visit' }).click();
  const form = page.getByRole('dialog', { name: 'Edit Site visit' });
  await form.getByRole('textbox', { name: 'Label' }).fill('Plant tour');
  await form.getByRole('radio', { name: 'truck' }).click();
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Archive Plant tour' }).click();
  await eventually(async () => (await stored('site_visit')).archived);
  await page.getByRole('cell', { name: 'Plant tour', exact: true }).waitFor({ state: 'detached' });
  await page.getByRole('switch', { name: 'Show archived' }).click();
  await page.getByRole('cell', { name: 'Plant tour archived', exact: true }).waitFor();

  await page.goto(`/contacts/${contact.id}`);
  const logged = entry(page, 'Walked through the works');
  await logged.getByText('Plant tour · 45 min').waitFor();
  await logged.locator('.tabler-icon-truck').waitFor();
  await tab(page, 'Note').waitFor();
  await tab(page, 'Plant tour').waitFor({ state: 'detached' });
  await page.goto('/settings/activity-types');
  await page.getByRole('switch', { name: 'Show archived' }).click();
  await page.getByRole('button', { name: 'Bring back Plant tour' }).click();
  await eventually(async () => !(await stored('site_visit')).archived);
});

it('calls the chips of a timeline as the types are called', async () => {
  const { id, version } = await stored('meeting');
  const renamed = await site.hub.call('PATCH', `/activity-types/${id}`, {
    body: { label: 'Visit' },
    headers: { 'if-match': `"v${version}"` },
  });
  expect(renamed.status).toBe(200);
  const page = await site.open(`/contacts/${contact.id}`);
  const chips = page.getByRole('group', { name: 'What to show' });
  await chips.getByText('Visit', { exact: true }).waitFor();
  await chips.getByText('Calls', { exact: true }).waitFor();
  expect(await chips.getByText('Meetings').count()).toBe(0);
});

it('offers many types on a phone without being wider than it', async () => {
  for (const label of ['Webinar', 'Trade fair', 'Product demo', 'Lunch'])
    await site.hub.call('POST', '/activity-types', { body: { key: label.toLowerCase().replace(' ', '_'), label, icon: 'star' } });
  for (const [name, path] of [
    ['contact', `/contacts/${contact.id}`],
    ['settings', '/settings/activity-types'],
  ] as const) {
    const page = await site.open(path, { width: 390, height: 844 });
    await page.getByText('Trade fair').first().waitFor();
    await expectAccessible(page);
    const [wide, seen] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
    expect(wide).toBeLessThanOrEqual(seen);
    await page.screenshot({ path: join(folder, `activity-types-${name}-390.png`), fullPage: true });
  }
});

it('breaks no rule of its own content policy and throws nothing', () => {
  expect(site.complaints).toEqual([]);
});
