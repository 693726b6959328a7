import { afterAll, beforeAll, expect, it } from 'vitest';
import { createContact } from '../../src/contacts/contacts.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.stop());

it('says what to do when there are no contacts, makes the first one and opens it', async () => {
  const page = await site.open('/contacts');
  await page.getByText('No contacts yet').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'New contact' }).first().click();
  await page.getByLabel('First name').fill('Grace');
  await page.getByLabel('Last name').fill('Hopper');
  await page.getByLabel('E-mail').fill('grace@navy.example');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { name: 'Grace Hopper' }).waitFor();
  await page.getByText('Contact created').waitFor();
  await expectAccessible(page);
});

it('shows what is wrong at the field, and offers to open the contact that has the address', async () => {
  await site.hub.call('POST', '/contacts', { body: { firstName: 'Alan', lastName: 'Turing', email: 'alan@bletchley.example' } });
  const page = await site.open('/contacts');
  await page.getByRole('link', { name: 'Alan Turing' }).waitFor();
  await page.keyboard.press('c');
  await page.getByLabel('E-mail').fill('alan at bletchley');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText('must be an e-mail address').waitFor();
  await page.getByLabel('E-mail').fill('ALAN@bletchley.example');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText('This address already belongs to a contact.').waitFor();
  await page.getByRole('link', { name: 'Open Alan Turing' }).click();
  await page.getByRole('heading', { name: 'Alan Turing' }).waitFor();
});

it('finds a contact as one types, keeps the search in the address, and draws only the rows in sight of a long list', async () => {
  await site.hub.deed(async (ctx) => {
    for (let number = 100; number < 400; number++) {
      await createContact(ctx, { firstName: 'Number', lastName: String(number), email: `n${number}@list.example` });
    }
  });
  const page = await site.open('/contacts');
  const rows = page.getByRole('row');
  await page.getByRole('link', { name: 'Number 100' }).waitFor();
  expect(await rows.count()).toBeLessThan(80);
  const table = page.getByRole('table');
  await eventually(async () => {
    await table.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    return (await page.getByRole('link', { name: 'Number 399' }).count()) === 1;
  });
  await page.keyboard.press('/');
  // So slowly that parts of it are searched for, whose answers come while one types on.
  await page.keyboard.type('n250@list', { delay: 160 });
  await page.waitForURL((url) => url.searchParams.get('q') === 'n250@list');
  await page.getByRole('link', { name: 'Number 250' }).waitFor();
  await eventually(async () => (await rows.count()) === 2);
  await page.reload();
  await page.getByRole('link', { name: 'Number 250' }).waitFor();
  expect(await page.getByRole('searchbox', { name: 'Search contacts' }).inputValue()).toBe('n250@list');
});

it('breaks no rule of its own content policy and throws nothing', () => {
  expect(site.complaints).toEqual([]);
});
