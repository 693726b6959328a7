import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany, aContact, aDeal, aTask } from '../support/factories.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

const folder = join(import.meta.dirname, '../.artifacts/screenshots');
let site: Site;
let ada: { id: string };
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  site = await startSite();
  const { hub } = site;
  const post = async (path: string, body: object) => (await hub.call('POST', path, { body })).body as { id: string };
  await post('/custom-fields', { object: 'contact', name: 'seats', label: 'Seats', type: 'number' });
  const vip = await post('/tags', { name: 'VIP', color: '#c92a2a' });
  const engines = await aCompany(hub, { name: 'Analytical Engines', industry: 'Machines' });
  const navy = await aCompany(hub, { name: 'Navy', industry: 'Defence' });
  ada = await aContact(hub, {
    firstName: 'Ada',
    companyId: engines.id,
    city: 'London',
    tagIds: [vip.id],
    customFields: { seats: 40 },
  });
  await aContact(hub, { firstName: 'Charles', companyId: engines.id, city: 'Paris', customFields: { seats: 3 } });
  await aContact(hub, { firstName: 'Grace', companyId: navy.id, city: 'Arlington' });
  const [contactId, companyId] = [ada.id, engines.id];
  await aDeal(hub, { name: 'Mill', amount: '48000', stage: 'proposal', expectedCloseDate: '2026-12-24', contactId, companyId });
  await aDeal(hub, { name: 'Cards', amount: '900', contactId, companyId });
  await aTask(hub, { title: 'Send the drawings', priority: 'high', contactId });
  await aTask(hub, { title: 'Read her notes', contactId });
  await post('/activities', { type: 'call', subject: 'She wants the mill', contactIds: [ada.id] });
});
afterAll(() => site.stop());

const shown = (page: Page) =>
  page
    .getByRole('row')
    .filter({ hasNot: page.getByRole('columnheader') })
    .allTextContents();
const shows = (page: Page, ...starts: string[]) =>
  eventually(async () => {
    const rows = await shown(page);
    return rows.length === starts.length && starts.every((start, n) => rows[n]?.startsWith(start));
  });

/** Fills the last line of the open filter. */
async function condition(page: Page, field: string, operator: string | null) {
  const filter = page.getByRole('region', { name: 'Filter' });
  await filter.getByRole('combobox', { name: 'Field' }).last().click();
  await page.getByRole('option', { name: field, exact: true }).click();
  if (operator !== null) await filter.getByRole('combobox', { name: 'Operator' }).last().selectOption({ label: operator });
  return filter;
}

it('builds a filter of text, a custom number, a tag and a related record, and keeps it in the address', async () => {
  const page = await site.open('/contacts');
  await shows(page, 'Ada', 'Charles', 'Grace');
  await page.getByRole('button', { name: 'Filter' }).click();
  let filter = await condition(page, 'Company: Industry', 'contains');
  await filter.getByRole('textbox', { name: 'Value: Industry' }).fill('machi');
  await shows(page, 'Ada', 'Charles');
  await filter.getByRole('button', { name: 'Add a condition' }).click();
  filter = await condition(page, 'Seats', 'is at least');
  await filter.getByRole('textbox', { name: 'Value: Seats' }).fill('10');
  await shows(page, 'Ada');
  await expectAccessible(page);
  await page.screenshot({ path: join(folder, 'filter-1440.png') });
  await page.reload();
  await shows(page, 'Ada');
  await page.getByRole('button', { name: 'Remove: Seats is at least 10' }).click();
  await shows(page, 'Ada', 'Charles');
  await page.getByRole('button', { name: 'Filter (1)' }).click();
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await condition(page, 'Tags', 'has none of');
  await page.getByRole('combobox', { name: 'Value: Tags' }).click();
  await page.getByRole('option', { name: 'VIP' }).click();
  await shows(page, 'Charles');
  await page.getByRole('button', { name: 'Clear' }).click();
  await shows(page, 'Ada', 'Charles', 'Grace');
});

it('joins conditions with or, and groups within', async () => {
  const page = await site.open('/contacts');
  await page.getByRole('button', { name: 'Filter' }).click();
  await condition(page, 'City', 'is');
  await page.getByRole('textbox', { name: 'Value: City' }).fill('Paris');
  await shows(page, 'Charles');
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await condition(page, 'City', 'is');
  await page.getByRole('textbox', { name: 'Value: City' }).last().fill('London');
  await page.getByText('Nothing matches').waitFor();
  await page.getByText('Any of these').click();
  await shows(page, 'Ada', 'Charles');
  await page.getByRole('button', { name: 'Add a group' }).click();
  await condition(page, 'Company', 'is');
  await page.getByRole('combobox', { name: 'Value: Company' }).click();
  await page.getByRole('option', { name: 'Navy' }).click();
  await shows(page, 'Ada', 'Charles', 'Grace');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Filter (3)' }).click();
  await page.getByRole('button', { name: 'City is Paris or City is London or Company is Navy', exact: true }).waitFor();
});

it('says what to do when nothing matches, and what is wrong with a filter that the hub refuses', async () => {
  const page = await site.open(`/contacts?filter=${encodeURIComponent(JSON.stringify({ city: 'Rome' }))}`);
  await page.getByText('Nothing matches').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Clear search and filter' }).click();
  await shows(page, 'Ada', 'Charles', 'Grace');
  await page.goto(`/contacts?filter=${encodeURIComponent(JSON.stringify({ shoeSize: 44 }))}`);
  await page.getByText('There is no field shoeSize here').waitFor();
  await page.getByRole('button', { name: 'Remove: shoeSize is 44' }).click();
  await shows(page, 'Ada', 'Charles', 'Grace');
});

it('sorts by a column’s head, and shows the columns one chooses', async () => {
  const page = await site.open('/contacts');
  await shows(page, 'Ada', 'Charles', 'Grace');
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
  await shows(page, 'Grace', 'Charles', 'Ada');
  expect(await page.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).toBe('descending');
  await page.getByRole('button', { name: 'Choose columns' }).click();
  await page.getByRole('textbox', { name: 'Find a column' }).fill('seat');
  await page.getByRole('checkbox', { name: 'Seats' }).check();
  await page.getByRole('columnheader', { name: 'Seats' }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('columnheader', { name: 'Seats' }).getByRole('button').click();
  await shows(page, 'Charles', 'Ada', 'Grace');
  await page.reload();
  await shows(page, 'Charles', 'Ada', 'Grace');
  await page.getByRole('cell', { name: '40', exact: true }).waitFor();
});

it('saves a view, opens with it, changes it, shares it by its link, and deletes it', async () => {
  const page = await site.open(`/contacts?filter=${encodeURIComponent(JSON.stringify({ city: 'London' }))}`);
  await shows(page, 'Ada');
  await page.getByRole('button', { name: 'View: All contacts' }).click();
  await page.getByRole('menuitem', { name: 'Save as a new view' }).click();
  const form = page.getByRole('dialog', { name: 'Save as a new view' });
  await form.getByRole('textbox', { name: 'Name' }).fill('Londoners');
  await form.getByRole('radio', { name: 'Everybody' }).check();
  await form.getByRole('checkbox', { name: 'Open this list with it' }).check();
  await expectAccessible(page);
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'View: Londoners' }).waitFor();
  const [view] = (await site.hub.call('GET', '/views?object=contact')).body.data;
  expect(view).toMatchObject({ name: 'Londoners', access: 'all', isDefault: true, filter: { city: 'London' } });
  await page.waitForURL((url) => url.searchParams.get('view') === view.id);
  await page.goto('/contacts');
  await shows(page, 'Ada');
  await page.getByRole('button', { name: 'Remove: City is London' }).click();
  await shows(page, 'Ada', 'Charles', 'Grace');
  await page.getByRole('searchbox').fill('grace');
  await shows(page, 'Grace');
  await page.getByRole('button', { name: 'View: Londoners' }).click();
  await page.getByRole('menuitem', { name: 'Save changes' }).click();
  await eventually(async () => (await site.hub.call('GET', `/views/${view.id}`)).body.q === 'grace');
  await page.goto(`/contacts?view=${view.id}`);
  await shows(page, 'Grace');
  await page.getByRole('button', { name: 'View: Londoners' }).click();
  await page.getByRole('menuitem', { name: 'Rename or share' }).waitFor();
  await expectAccessible(page);
  await page.screenshot({ path: join(folder, 'views-1440.png') });
  await page.getByRole('menuitem', { name: 'Rename or share' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Graces');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'View: Graces' }).click();
  await page.getByRole('menuitem', { name: 'All contacts' }).click();
  await shows(page, 'Ada', 'Charles', 'Grace');
  await page.reload();
  await shows(page, 'Ada', 'Charles', 'Grace');
  await page.getByRole('button', { name: 'View: All contacts' }).click();
  await page.getByRole('menuitem', { name: 'Graces' }).click();
  await page.getByRole('button', { name: 'View: Graces' }).click();
  await page.getByRole('menuitem', { name: 'Delete view' }).click();
  await page.getByRole('button', { name: 'View: All contacts' }).waitFor();
  expect((await site.hub.call('GET', `/views/${view.id}`)).status).toBe(404);
});

it('lists deals, tasks and activities with their own filters', async () => {
  const page = await site.open('/deals/list');
  await shows(page, 'Cards', 'Mill');
  await page.getByRole('button', { name: 'Filter' }).click();
  await condition(page, 'Stage', 'is any of');
  await page.getByRole('combobox', { name: 'Value: Stage' }).click();
  await page.getByRole('option', { name: 'Proposal' }).click();
  await shows(page, 'Mill');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await condition(page, 'Expected close', 'is on or after');
  await page.getByRole('textbox', { name: 'Value: Expected close' }).fill('2026-12-25');
  await page.keyboard.press('Enter');
  await page.getByText('Nothing matches').waitFor();
  await page.goto('/tasks/list');
  await page.getByRole('cell', { name: 'Send the drawings' }).waitFor();
  await page.getByRole('button', { name: 'Filter' }).click();
  await condition(page, 'Priority', 'is none of');
  await page.getByRole('combobox', { name: 'Value: Priority' }).click();
  await page.getByRole('option', { name: 'High' }).click();
  await shows(page, 'Read her notes');
  await page.goto('/activities');
  await page.getByRole('cell', { name: 'She wants the mill' }).waitFor();
  await page.getByRole('cell', { name: 'Ada' }).first().waitFor();
  await page.getByRole('button', { name: 'Filter' }).click();
  await condition(page, 'Contact: City', 'is');
  await page.getByRole('textbox', { name: 'Value: City' }).fill('London');
  await eventually(async () => {
    const rows = await shown(page);
    return rows.length > 0 && rows.every((row) => row.includes('Ada'));
  });
  await expectAccessible(page);
});

it('fits a phone', async () => {
  const filter = { and: [{ city: { contains: 'on' } }, { 'customFields.seats': { gte: 10 } }] };
  const page = await site.open(`/contacts?filter=${encodeURIComponent(JSON.stringify(filter))}`, { width: 390, height: 844 });
  await shows(page, 'Ada');
  await page.getByRole('button', { name: 'Choose columns' }).waitFor();
  await page.screenshot({ path: join(folder, 'list-390.png') });
  await page.getByRole('button', { name: 'Filter (2)' }).click();
  await page.getByRole('region', { name: 'Filter' }).waitFor();
  await expectAccessible(page);
  const [wide, seen] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
  expect(wide).toBeLessThanOrEqual(seen);
  await page.screenshot({ path: join(folder, 'filter-390.png') });
});

it('breaks no rule of its own content policy and throws nothing', () => {
  expect(site.complaints).toEqual([]);
});
