import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { aDeal } from '../support/factories.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

let site: Site;
let page: Page;
beforeAll(async () => {
  site = await startSite();
  await site.hub.call('PATCH', `/users/${site.hub.admin.id}`, { body: { timeZone: 'Europe/Vienna' } });
});
beforeEach(async () => {
  for (const { id } of await tasks()) await site.hub.call('DELETE', `/tasks/${id}`);
  page = await site.open('/tasks');
});
afterAll(() => site.stop());

interface Stored {
  id: string;
  title: string;
  status: string;
  dueDay: string | null;
  dueDate: string | null;
  recurrence: string | null;
  reminders: number[];
  dealId: string | null;
}
const tasks = async (): Promise<Stored[]> => (await site.hub.call('GET', '/tasks?sort=createdAt')).body.data;
const today = () => new Date().toLocaleDateString('sv', { timeZone: 'Europe/Vienna' });
const dialog = () => page.getByRole('dialog');

it('plans a task for a day, which reminds and comes again when it is done', async () => {
  await page.getByRole('textbox', { name: 'Add a task' }).fill('Water the plants');
  await page.getByRole('button', { name: 'More…' }).click();
  await dialog().getByRole('combobox', { name: 'Repeats' }).click();
  await page.getByRole('option', { name: 'Weekly', exact: true }).click();
  await dialog().getByRole('combobox', { name: 'Remind' }).click();
  await page.getByRole('option', { name: '1 hour before' }).click();
  await page.keyboard.press('Escape');
  await expectAccessible(page);
  await dialog().getByRole('button', { name: 'Add' }).click();
  await page.getByRole('region', { name: 'Today' }).getByText('Water the plants').waitFor();
  expect(await tasks()).toMatchObject([{ dueDay: today(), recurrence: 'FREQ=WEEKLY', reminders: [60] }]);
  await page.getByRole('checkbox', { name: 'Complete Water the plants' }).click();
  await page.getByText('The next one is planned.').waitFor();
  await page.getByRole('region', { name: 'Next seven days' }).getByText('Water the plants').waitFor();
  expect((await tasks()).map(({ status }) => status)).toEqual(['completed', 'pending']);
});

it('gives a task a time, another rule and no reminder, and leaves the rest as it was', async () => {
  const body = {
    title: 'Review',
    description: 'All of it',
    dueDay: today(),
    recurrence: 'FREQ=DAILY;INTERVAL=3',
    reminders: [30],
  };
  await site.hub.call('POST', '/tasks', { body });
  await page.getByRole('button', { name: 'Review', exact: true }).click();
  await dialog().getByLabel('Time').fill('15:30');
  await dialog().getByRole('combobox', { name: 'Repeats' }).click();
  await page.getByRole('option', { name: 'FREQ=DAILY;INTERVAL=3' }).waitFor();
  await page.getByRole('option', { name: 'Daily', exact: true }).click();
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().waitFor({ state: 'detached' });
  const [stored] = await tasks();
  expect(stored).toMatchObject({
    title: 'Review',
    dueDay: null,
    recurrence: 'FREQ=DAILY',
    reminders: [30],
    description: 'All of it',
  });
  const at = new Date(String(stored?.dueDate)).toLocaleString('sv', { timeZone: 'Europe/Vienna' });
  expect(at).toBe(`${today()} 15:30:00`);
});

it('asks for the next step when the last task of a deal is done', async () => {
  const deal = await aDeal(site.hub, { name: 'Big ship' });
  await site.hub.call('POST', '/tasks', { body: { title: 'Send offer', dealId: deal.id, dueDay: today() } });
  await page.getByRole('checkbox', { name: 'Complete Send offer' }).click();
  await page.getByText('Nothing is planned for Big ship now.').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Plan the next step' }).click();
  await dialog().getByRole('textbox', { name: 'What is to be done' }).fill('Ask about the offer');
  await dialog().getByRole('button', { name: 'Add' }).click();
  await eventually(async () =>
    (await tasks()).some(({ title, dealId }) => title === 'Ask about the offer' && dealId === deal.id),
  );
  await page.getByRole('link', { name: 'Big ship' }).waitFor();
});

it('says in the navigation how many tasks are late or due today', async () => {
  const make = (title: string, dueDay: string) => site.hub.call('POST', '/tasks', { body: { title, dueDay } });
  await make('Late', '2020-01-01');
  await make('Now', today());
  await make('Far', '2999-01-01');
  await page.getByRole('link', { name: 'My tasks 2 1 late, 1 due today' }).waitFor();
});

it('breaks no rule of its own content policy and throws nothing', () => {
  expect(site.complaints).toEqual([]);
});
