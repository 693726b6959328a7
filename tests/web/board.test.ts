import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

let site: Site;
let page: Page;
let first: { id: string };
beforeAll(async () => {
  site = await startSite();
});
beforeEach(async () => {
  const { body } = await site.hub.call('GET', '/deals');
  for (const { id } of body.data) await site.hub.call('DELETE', `/deals/${id}`);
  first = (await site.hub.call('POST', '/deals', { body: { name: 'First ship', amount: '1200.50', currency: 'EUR' } })).body;
  await site.hub.call('POST', '/deals', { body: { name: 'Second ship', amount: 100, currency: 'USD' } });
  page = await site.open('/deals');
  await card('Qualification', 'Second ship').waitFor();
  await column('Qualification').getByText('weighted').waitFor();
});
afterAll(() => site.stop());

const column = (stage: string) => page.getByRole('region', { name: new RegExp(`^${stage}, `) });
const card = (stage: string, name: string) => column(stage).getByRole('listitem').filter({ hasText: name });
const stored = async (id: string) =>
  (await site.hub.call('GET', `/deals/${id}`)).body as { stage: string; lostReason: string | null };

it('drags a deal to another stage, at once on screen and then for good', async () => {
  await expectAccessible(page);
  expect(await column('Qualification').textContent()).toMatch(/€1,200\.50 · (US)?\$100/);
  await card('Qualification', 'First ship').dragTo(column('Proposal').getByRole('list'));
  await card('Proposal', 'First ship').waitFor();
  await eventually(async () => (await stored(first.id)).stage === 'proposal');
  await page.reload();
  await card('Proposal', 'First ship').waitFor();
  await page.getByRole('region', { name: 'Proposal, 1 deal' }).waitFor();
});

it('drops a deal behind another one of the same stage', async () => {
  const target = card('Qualification', 'Second ship');
  const box = await target.boundingBox();
  if (box === null) throw new Error('the card is not on screen');
  await card('Qualification', 'First ship').dragTo(target, { targetPosition: { x: box.width / 2, y: box.height - 4 } });
  const order = async () => (await column('Qualification').getByRole('link').allTextContents()).join();
  await eventually(async () => (await order()) === 'Second ship,First ship');
  await eventually(async () => {
    const { body } = await site.hub.call('GET', '/deals?filter[stage]=qualification&sort=board');
    return body.data.map((deal: { name: string }) => deal.name).join() === 'Second ship,First ship';
  });
});

it('moves a deal by keyboard alone', async () => {
  const actions = page.getByRole('button', { name: 'Actions for First ship' });
  for (let presses = 0; presses < 60 && !(await actions.evaluate((button) => button.matches(':focus'))); presses++) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Negotiation' }).waitFor();
  await expectAccessible(page);
  while (!(await page.getByRole('menuitem', { name: 'Negotiation' }).evaluate((item) => item.matches(':focus')))) {
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('Enter');
  await card('Negotiation', 'First ship').waitFor();
  await eventually(async () => (await stored(first.id)).stage === 'negotiation');
});

it('asks for the reason before a deal is lost', async () => {
  await card('Qualification', 'First ship').dragTo(column('Closed lost').getByRole('list'));
  await page.getByLabel('Reason').fill('Too dear');
  await expectAccessible(page);
  expect((await stored(first.id)).stage).toBe('qualification');
  await page.getByRole('button', { name: 'Mark as lost' }).click();
  await card('Closed lost', 'First ship').waitFor();
  await eventually(async () => (await stored(first.id)).lostReason === 'Too dear');
});

it('makes two quick moves of the same deal one after the other', async () => {
  const held: (() => void)[] = [];
  await page.route('**/stage', async (route) => {
    if (held.length === 0) await new Promise<void>((release) => held.push(release));
    await route.continue();
  });
  const move = async (from: string, to: string) => {
    await card(from, 'First ship').getByRole('button', { name: 'Actions for First ship' }).click();
    await page.getByRole('menuitem', { name: to }).click();
    await card(to, 'First ship').waitFor();
  };
  await move('Qualification', 'Proposal');
  await eventually(() => held.length === 1);
  await move('Proposal', 'Negotiation');
  held[0]?.();
  await page.getByText('First ship moved to Proposal').waitFor();
  await page.getByText('First ship moved to Negotiation').waitFor();
  expect((await stored(first.id)).stage).toBe('negotiation');
});

it('puts a deal back where it was when the hub refuses the move, and says why', async () => {
  await page.route('**/stage', (route) =>
    route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        type: 'about:blank',
        title: 'Forbidden',
        status: 403,
        code: 'forbidden',
        detail: 'This needs the permission deal:edit.',
      }),
    }),
  );
  await card('Qualification', 'First ship').dragTo(column('Proposal').getByRole('list'));
  await page.getByText('This needs the permission deal:edit.').waitFor();
  await card('Qualification', 'First ship').waitFor();
});

it('shows what others do to a deal, on the board and on its own page', async () => {
  await site.hub.call('PATCH', `/deals/${first.id}/stage`, { body: { stage: 'negotiation' } });
  await card('Negotiation', 'First ship').waitFor();
  await card('Qualification', 'First ship').waitFor({ state: 'detached' }); // columns are read one by one
  await page.getByRole('link', { name: 'First ship' }).click();
  await page.getByRole('heading', { name: 'First ship' }).waitFor();
  await page.getByText('Moved from Qualification to Negotiation').waitFor();
  await expectAccessible(page);
  await site.hub.call('PATCH', `/deals/${first.id}/stage`, { body: { stage: 'proposal' } });
  await page.getByText('Moved from Negotiation to Proposal').waitFor();
});

it('makes a deal', async () => {
  await page.keyboard.press('/');
  await page.getByRole('button', { name: 'New deal' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Third ship');
  await page.getByRole('textbox', { name: 'Amount' }).fill('a lot');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText('must be an amount such as').waitFor();
  await expectAccessible(page);
  await page.getByRole('textbox', { name: 'Amount' }).fill('99');
  await page.getByRole('button', { name: 'Create' }).click();
  await card('Qualification', 'Third ship').waitFor();
});

it('offers the reasons of the pipeline where it has a list', async () => {
  const [{ id }] = (await site.hub.call('GET', '/pipelines')).body.data;
  await site.hub.call('PATCH', `/pipelines/${id}`, { body: { lostReasons: ['Price', 'Timing'], lostReasonRequired: true } });
  await page.goto('/deals');
  await card('Qualification', 'First ship').dragTo(column('Closed lost').getByRole('list'));
  await page.getByLabel('Reason').selectOption('Timing');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Mark as lost' }).click();
  await card('Closed lost', 'First ship').waitFor();
});

it('asks why a deal was won where the pipeline asks for it', async () => {
  const [{ id }] = (await site.hub.call('GET', '/pipelines')).body.data;
  await site.hub.call('PATCH', `/pipelines/${id}`, { body: { wonReasons: ['Service', 'Speed'], wonReasonRequired: true } });
  await page.goto('/deals');
  await card('Qualification', 'First ship').dragTo(column('Closed won').getByRole('list'));
  await page.getByRole('dialog', { name: 'Why was First ship won?' }).waitFor();
  await page.getByLabel('Reason').selectOption('Speed');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Mark as won' }).click();
  await card('Closed won', 'First ship').waitFor();
  await eventually(async () => (await site.hub.call('GET', `/deals/${first.id}`)).body.wonReason === 'Speed');
  await site.hub.call('PATCH', `/pipelines/${id}`, { body: { wonReasons: [], wonReasonRequired: false } });
  await page.goto('/deals');
  await card('Qualification', 'Second ship').dragTo(column('Closed won').getByRole('list'));
  await card('Closed won', 'Second ship').waitFor();
});

it('gives people a role in a deal on its page, and takes it', async () => {
  const person = { firstName: 'Margaret', lastName: 'Hamilton', email: 'margaret@ship.example' };
  const { body: contact } = await site.hub.call('POST', '/contacts', { body: person });
  await page.goto(`/deals/${first.id}`);
  const people = page.getByRole('region', { name: 'People in this deal' });
  await people.getByRole('button', { name: 'Add to the deal' }).click();
  const form = page.getByRole('dialog', { name: 'Add to the deal' });
  await form.getByRole('combobox', { name: 'Contact' }).fill('Hamilton');
  await page.getByRole('option', { name: 'Margaret Hamilton' }).click();
  await form.getByRole('textbox', { name: 'Role' }).fill('Decision maker');
  await form.getByRole('button', { name: 'Add to the deal' }).click();
  await people.getByRole('link', { name: 'Margaret Hamilton' }).waitFor();
  await people.getByText('Decision maker').waitFor();
  await expectAccessible(page);
  const stored = async () => (await site.hub.call('GET', `/deals/${first.id}`)).body.contacts;
  expect(await stored()).toMatchObject([{ contactId: contact.id, role: 'Decision maker' }]);
  await people.getByRole('button', { name: 'Remove Margaret Hamilton from the deal' }).click();
  await people.getByRole('link', { name: 'Margaret Hamilton' }).waitFor({ state: 'detached' });
  expect(await stored()).toEqual([]);
});

it('breaks no rule of its own content policy and throws nothing', () => {
  expect(site.complaints).toEqual([]);
});
