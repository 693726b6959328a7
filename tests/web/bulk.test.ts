import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact } from '../support/factories.ts';
import type { Person } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

const folder = join(import.meta.dirname, '../.artifacts/screenshots');
let site: Site;
let rita: Person;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  site = await startSite({ jobs: {} });
  rita = await site.hub.aRep('Rita');
  await aContact(site.hub, { firstName: 'Ada', city: 'London', key: rita.key });
  await aContact(site.hub, { firstName: 'Charles', city: 'London' });
  await aContact(site.hub, { firstName: 'Grace', city: 'Arlington' });
});
afterAll(() => site.stop());

const fieldOf = async (field: string) => {
  const { body } = await site.hub.call('GET', '/contacts?sort=name');
  return body.data.map((contact: Record<string, unknown>) => contact[field]);
};

it('changes a field of the chosen records, and takes it back', async () => {
  const page = await site.open('/contacts');
  await page.getByRole('checkbox', { name: /^Choose Ada/ }).check();
  await page.getByRole('checkbox', { name: /^Choose Grace/ }).check();
  const bar = page.getByRole('region', { name: 'Chosen records' });
  await bar.getByText('2 chosen').waitFor();
  await expectAccessible(page);
  await page.screenshot({ path: join(folder, 'bulk-1440.png') });
  await bar.getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit 2 records' });
  await dialog.getByRole('combobox', { name: 'What to change' }).click();
  await page.getByRole('option', { name: 'Title', exact: true }).click();
  await dialog.getByRole('textbox', { name: 'New value' }).fill('Engineer');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Change them' }).click();
  await dialog.getByText('2 changed').waitFor();
  await expectAccessible(page);
  await page.screenshot({ path: join(folder, 'bulk-done-1440.png') });
  expect(await fieldOf('title')).toEqual(['Engineer', null, 'Engineer']);
  await dialog.getByRole('button', { name: 'Undo' }).click();
  await dialog.getByText('2 put back').waitFor();
  expect(await fieldOf('title')).toEqual([null, null, null]);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await bar.waitFor({ state: 'detached' });
});

it('changes all that match, empties a field, and says of whom it was refused why', async () => {
  const filter = encodeURIComponent(JSON.stringify({ city: 'London' }));
  const page = await site.open(`/contacts?filter=${filter}`, { as: rita });
  await page.getByRole('checkbox', { name: 'Choose all that are read' }).check();
  const bar = page.getByRole('region', { name: 'Chosen records' });
  await bar.getByRole('button', { name: 'Choose all that match' }).click();
  await bar.getByText('All that match are chosen').waitFor();
  await bar.getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit all that match' });
  await dialog.getByRole('combobox', { name: 'What to change' }).click();
  await page.getByRole('option', { name: 'City', exact: true }).click();
  await dialog.getByRole('checkbox', { name: 'Empty it' }).check();
  await dialog.getByRole('button', { name: 'Change them' }).click();
  await dialog.getByText('1 changed · 1 refused').waitFor();
  await dialog.getByText('This needs the permission contact:edit.').waitFor();
  await expectAccessible(page);
  await eventually(async () => JSON.stringify(await fieldOf('city')) === JSON.stringify([null, 'London', 'Arlington']));
});

it('lists the bulk edits of before, to each those they may see, and takes one back', async () => {
  const all = await site.open('/settings/bulk-edits');
  await all.getByRole('row', { name: /Title: Engineer.*Undone.*Ada/ }).waitFor();
  await all.getByRole('row', { name: /City: nothing.*Done.*1 changed.*Rita/ }).waitFor();
  await expectAccessible(all);
  await all.screenshot({ path: join(folder, 'bulk-edits-filled-1440.png') });
  const page = await site.open('/settings/bulk-edits', { as: rita });
  await page.getByRole('row', { name: /City: nothing/ }).waitFor();
  expect(await page.getByRole('row', { name: /Title: Engineer/ }).count()).toBe(0);
  await page.getByRole('button', { name: /^Show City: nothing/ }).click();
  const dialog = page.getByRole('dialog', { name: 'City: nothing' });
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Undo' }).click();
  await dialog.getByText('1 put back').waitFor();
  await page.screenshot({ path: join(folder, 'bulk-edits-undone-1440.png') });
  expect(await fieldOf('city')).toEqual(['London', 'London', 'Arlington']);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('row', { name: /City: nothing.*Undone/ }).waitFor();
});

it('fits a phone', async () => {
  const page = await site.open('/contacts', { width: 390, height: 844 });
  await page.getByRole('checkbox', { name: /^Choose Grace/ }).check();
  await page.getByRole('region', { name: 'Chosen records' }).waitFor();
  const [wide, seen] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
  expect(wide).toBeLessThanOrEqual(seen);
  await page.screenshot({ path: join(folder, 'bulk-390.png') });
  expect(site.complaints).toEqual([]);
});
