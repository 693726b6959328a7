import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.stop());

const aContact = async (firstName: string) =>
  (await site.hub.call('POST', '/contacts', { body: { firstName, phone: '+43 1 234' } })).body as { id: string };

it('logs a note, and shows by itself what somebody else logs', async () => {
  const { id } = await aContact('Grace');
  const page = await site.open(`/contacts/${id}`);
  await page.getByRole('textbox', { name: 'Text' }).fill('Met at the fair\nWants a quote.');
  await page.getByRole('button', { name: 'Log', exact: true }).click();
  const story = page.getByRole('list', { name: 'Timeline' });
  await story.getByText('Met at the fair').waitFor();
  await story.getByText('Wants a quote.').waitFor();
  const rita = await site.hub.aRep();
  await site.hub.call('POST', '/activities', {
    key: rita.key,
    body: { type: 'call', subject: 'She called about the quote', contactIds: [id], direction: 'in', duration: 7 },
  });
  await story.getByText('She called about the quote').waitFor();
  await expectAccessible(page);
});

it('edits a field in place, and on top of a change of another field', async () => {
  const { id } = await aContact('Edsger');
  const page = await site.open(`/contacts/${id}`);
  await page.getByRole('button', { name: /^Edit Title/ }).click();
  await site.hub.call('PATCH', `/contacts/${id}`, { body: { lastName: 'Dijkstra' } });
  await page.getByRole('textbox', { name: 'Title' }).fill('Prof');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Edit Title: Prof/ }).waitFor();
  const { body } = await site.hub.call('GET', `/contacts/${id}`);
  expect(body).toMatchObject({ title: 'Prof', lastName: 'Dijkstra', version: 3 });
});

it('never overwrites what another has changed meanwhile: it shows both', async () => {
  const { id } = await aContact('Barbara');
  const page = await site.open(`/contacts/${id}`);
  await page.getByRole('button', { name: /^Edit Phone/ }).click();
  await page.getByRole('textbox', { name: 'Phone' }).fill('+43 2 222');
  await site.hub.call('PATCH', `/contacts/${id}`, { body: { phone: '+43 3 333' } });
  await page.keyboard.press('Enter');
  await page.getByText('Somebody else set it to “+43 3 333”. You typed “+43 2 222”.').waitFor();
  await expectAccessible(page);
  expect((await site.hub.call('GET', `/contacts/${id}`)).body.phone).toBe('+43 3 333');
  await page.getByRole('button', { name: 'Use mine' }).click();
  await page.getByRole('button', { name: /^Edit Phone: \+43 2 222/ }).waitFor();
  expect((await site.hub.call('GET', `/contacts/${id}`)).body.phone).toBe('+43 2 222');
});

it('makes a company and a person in it', async () => {
  const page = await site.open('/companies');
  await page.getByRole('button', { name: 'New company' }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Navy');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { name: 'Navy' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add a person' }).click();
  await page.getByLabel('First name').fill('Howard');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { name: 'Howard' }).waitFor();
  await page.getByRole('link', { name: 'Open the company' }).click();
  await page.getByRole('link', { name: 'Howard' }).waitFor();
});

it('adds a second company to a person, shows it on both pages, and takes it off', async () => {
  const { id } = await aContact('Rosalind');
  const company = (await site.hub.call('POST', '/companies', { body: { name: 'Kings' } })).body as { id: string };
  const page = await site.open(`/contacts/${id}`);
  const companies = page.getByRole('region', { name: 'Companies' });
  await companies.getByRole('button', { name: 'Add a company' }).click();
  const form = page.getByRole('dialog', { name: 'Add a company' });
  await form.getByRole('combobox', { name: 'Company' }).fill('Kings');
  await page.getByRole('option', { name: 'Kings' }).click();
  await form.getByRole('textbox', { name: 'Role' }).fill('Researcher');
  await form.getByLabel('From').fill('1951-01-05');
  await form.getByLabel('Until').fill('1953-03-14');
  await expectAccessible(page);
  await form.getByRole('button', { name: 'Add a company' }).click();
  await companies.getByText(/^Researcher · .*1951 – .*1953$/).waitFor();
  await expectAccessible(page);
  await companies.getByRole('link', { name: 'Kings' }).click();
  await page.getByText(/^Researcher · .*1951/).waitFor();
  await page.getByRole('link', { name: 'Rosalind' }).click();
  await companies.getByRole('button', { name: 'Remove Kings from the contact' }).click();
  await companies.getByText('No other company.').waitFor();
  expect((await site.hub.call('GET', `/companies/${company.id}/contacts`)).body.data).toEqual([]);
});

it('adds, snoozes and completes a task, and takes the completion back', async () => {
  const page = await site.open('/tasks');
  await page.getByText('Nothing to do').waitFor();
  await page.getByRole('textbox', { name: 'Add a task' }).fill('Call Grace');
  await page.keyboard.press('Enter');
  await page.getByText('Call Grace').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Snooze Call Grace' }).click();
  await page.getByRole('menuitem', { name: 'In a month' }).click();
  await page.getByRole('region', { name: 'Later' }).getByText('Call Grace').waitFor();
  await page.getByRole('checkbox', { name: 'Complete Call Grace' }).click();
  await page.getByText('Done: Call Grace').waitFor();
  const stateIs = (status: string) =>
    eventually(async () =>
      (await site.hub.call('GET', '/tasks')).body.data.some((task: { status: string }) => task.status === status),
    );
  await stateIs('completed');
  await page.getByRole('button', { name: 'Undo' }).click();
  await stateIs('pending');
  await page.getByRole('checkbox', { name: 'Complete Call Grace' }).waitFor();
});

it('breaks no rule of its own content policy and throws nothing', () => {
  expect(site.complaints).toEqual([]);
});
