import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany, aContact } from '../support/factories.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

const folder = join(import.meta.dirname, '../.artifacts/screenshots');
let site: Site;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  site = await startSite({ jobs: {}, consumers: [] });
});
afterAll(() => site.stop());

it('makes a role as a copy, changes a cell of its matrix, and puts people into a team', async () => {
  const rita = await site.hub.aRep('Rita');
  const page = await site.open('/settings/roles');
  await page.getByRole('button', { name: 'New role' }).click();
  const form = page.getByRole('dialog', { name: 'New role' });
  await form.getByRole('textbox', { name: 'Name' }).fill('Key accounts');
  await form.getByRole('textbox', { name: 'Key' }).fill('key_accounts');
  await form.getByRole('button', { name: 'Create' }).click();
  const cell = page.getByRole('combobox', { name: 'Edit: Contacts' });
  await eventually(async () => (await cell.inputValue()) === 'Own');
  await cell.click();
  await page.getByRole('option', { name: 'Team' }).click();
  const role = async () => (await site.hub.call('GET', '/roles/key_accounts')).body;
  await eventually(async () => (await role()).permissions.contact.edit === 'team');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'New team' }).click();
  await page.getByRole('dialog', { name: 'New team' }).getByLabel('Name').fill('North');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('combobox', { name: 'Members: North' }).click();
  await page.getByRole('option', { name: 'Rita' }).click();
  const team = async () => (await site.hub.call('GET', '/teams')).body.data[0];
  await eventually(async () => (await team()).userIds.includes(rita.id));
  await page.screenshot({ path: join(folder, 'roles-1440.png') });
});

it('shows the audit, narrowed by event', async () => {
  const page = await site.open('/settings/audit');
  await page.getByRole('cell', { name: 'Role updated' }).first().waitFor();
  await expectAccessible(page);
  await page.getByRole('combobox', { name: 'Event' }).click();
  await page.getByRole('option', { name: 'User created' }).click();
  await eventually(async () => (await page.getByRole('cell', { name: 'Role updated' }).count()) === 0);
  await page.getByRole('cell', { name: 'User created' }).first().waitFor();
  await page.screenshot({ path: join(folder, 'audit-1440.png') });
});

it('tells in the audit who signed in, and fits a phone', async () => {
  await site.open('/tasks', { as: await site.hub.aUser('viewer', 'Vera') });
  const page = await site.open('/settings/audit', { width: 390, height: 844 });
  const entry = page.getByRole('list', { name: 'Audit' }).getByRole('listitem').filter({ hasText: 'User signed in' }).first();
  await entry.getByText(/ · Vera · http 127/).waitFor();
  await expectAccessible(page);
  const [wide, seen] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
  expect(wide).toBeLessThanOrEqual(seen);
  await page.screenshot({ path: join(folder, 'audit-390.png') });
});

it('makes a custom field, which is filled on a record and put back from its history', async () => {
  const navy = await aCompany(site.hub, { name: 'Navy' });
  const contact = await aContact(site.hub, { firstName: 'Grace', title: 'Engineer', companyId: navy.id });
  const page = await site.open('/settings/fields');
  await page.getByText('No custom fields yet').waitFor();
  await page.getByRole('button', { name: 'New field' }).click();
  const form = page.getByRole('dialog', { name: 'New field' });
  await form.getByLabel('Label').fill('Seats');
  await form.getByLabel('Name in the API').fill('seats');
  await form.getByRole('combobox', { name: 'Type' }).click();
  await page.getByRole('option', { name: 'Number', exact: true }).click();
  await form.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('cell', { name: 'Seats seats' }).waitFor();
  await expectAccessible(page);
  await page.goto(`/contacts/${contact.id}`);
  await page.getByRole('button', { name: 'Edit Seats' }).click();
  await page.getByRole('textbox', { name: 'Seats' }).fill('40');
  await page.getByRole('textbox', { name: 'Seats' }).press('Enter');
  const now = async () => (await site.hub.call('GET', `/contacts/${contact.id}`)).body;
  await eventually(async () => (await now()).customFields.seats === 40);
  await site.hub.call('PATCH', `/contacts/${contact.id}`, { body: { title: 'Admiral' } });
  await page.getByRole('button', { name: 'History' }).click();
  const history = page.getByRole('dialog', { name: 'History' });
  await history.getByText('Title: Engineer → Admiral').waitFor();
  await history.getByText('Seats: nothing → 40').waitFor();
  await history.getByText('Company: nothing → Navy').waitFor();
  await history.getByText(/^Owner: nothing → Ada/).waitFor();
  await expectAccessible(page);
  await page.screenshot({ path: join(folder, 'history-1440.png') });
  await page.getByRole('button', { name: 'Put back Title' }).click();
  await eventually(async () => (await now()).title === 'Engineer');
  expect(site.complaints).toEqual([]);
});
