import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact } from '../support/factories.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

const folder = join(import.meta.dirname, '../.artifacts/screenshots');
let site: Site;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  site = await startSite();
});
afterAll(() => site.stop());

const pipelines = async () => (await site.hub.call('GET', '/pipelines')).body.data;
const stages = async (name: string): Promise<{ key: string; name: string; probability: number; rotDays: number | null }[]> =>
  (await pipelines()).find((one: { name: string }) => one.name === name).stages;
const stageNames = async (name: string) => (await stages(name)).map((stage) => stage.name).join();
/** The names of the stages as the page shows them; what the hub has already may be on its way there. */
const shownNames = (page: Page) =>
  page
    .getByRole('list', { name: 'Stages' })
    .getByRole('textbox', { name: /^Name of / })
    .evaluateAll((inputs) => inputs.map((input) => (input as unknown as { value: string }).value).join());
const row = (page: Page, stage: string) =>
  page
    .getByRole('list', { name: 'Stages' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('textbox', { name: `Name of ${stage}`, exact: true }) });

it('makes a pipeline as a copy, renames it and makes it the default', async () => {
  const page = await site.open('/settings/pipelines');
  await row(page, 'Qualification').waitFor();
  await expectAccessible(page);
  const [first] = await pipelines();
  await page.getByRole('button', { name: 'New pipeline' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Partners');
  await page.getByRole('button', { name: 'Create' }).click();
  await eventually(async () => (await page.getByRole('textbox', { name: 'Name of the pipeline' }).inputValue()) === 'Partners');
  await page.getByRole('textbox', { name: 'Name of the pipeline' }).fill('Resellers');
  await page.keyboard.press('Tab');
  await eventually(async () => (await pipelines()).some((one: { name: string }) => one.name === 'Resellers'));
  await page.getByRole('button', { name: 'Make it the default' }).click();
  await page.getByText('New deals go here').waitFor();
  await page.getByRole('combobox', { name: 'Pipeline' }).click();
  await page.getByRole('option', { name: first.name }).click();
  await page.getByRole('button', { name: 'Make it the default' }).click();
  await page.getByText('New deals go here').waitFor();
});

it('edits stages where they stand, drags them, moves them by key, and adds one', async () => {
  const { id } = (await pipelines()).find((one: { name: string }) => one.name === 'Resellers');
  const page = await site.open(`/settings/pipelines?pipeline=${id}`);
  await page.getByRole('textbox', { name: 'Name of Needs analysis' }).fill('Demo');
  await page.keyboard.press('Tab');
  await page.getByRole('textbox', { name: 'Probability of Demo' }).fill('35');
  await page.keyboard.press('Tab');
  await eventually(async () => (await stages('Resellers')).find(({ name }) => name === 'Demo')?.probability === 35);
  await page.getByRole('textbox', { name: 'Days after which deals in Demo rot' }).fill('9');
  await page.keyboard.press('Tab');
  await eventually(async () => (await stages('Resellers')).find(({ name }) => name === 'Demo')?.rotDays === 9);
  await page.getByRole('button', { name: 'Move Demo up' }).press('Enter');
  await eventually(async () => (await shownNames(page)).startsWith('Demo,Qualification,Proposal'));
  await row(page, 'Demo')
    .getByTitle('Drag Demo')
    .dragTo(row(page, 'Proposal'), { targetPosition: { x: 200, y: 36 } });
  await eventually(async () => (await stageNames('Resellers')).startsWith('Qualification,Proposal,Demo'));
  await page.getByRole('textbox', { name: 'Name of the new stage' }).fill('Legal check');
  await page.getByRole('button', { name: 'Add a stage' }).click();
  await eventually(
    async () => (await stageNames('Resellers')) === 'Qualification,Proposal,Demo,Negotiation,Legal check,Closed won,Closed lost',
  );
  await row(page, 'Legal check').waitFor();
  await page.screenshot({ path: join(folder, 'pipelines-1440.png'), fullPage: true });
});

it('asks where the deals of a stage go before it is deleted, and where those of a pipeline go', async () => {
  const { id } = (await pipelines()).find((one: { name: string }) => one.name === 'Resellers');
  const deal = (
    await site.hub.call('POST', '/deals', { body: { name: 'Mill', amount: '100', pipelineId: id, stage: 'proposal' } })
  ).body;
  const page = await site.open(`/settings/pipelines?pipeline=${id}`);
  await page.getByRole('button', { name: 'Delete Proposal' }).click();
  const dialog = page.getByRole('dialog', { name: 'Proposal holds deals' });
  await dialog.getByRole('combobox', { name: 'They go to' }).click();
  await page.getByRole('option', { name: 'Negotiation' }).click();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Move them and delete' }).click();
  await eventually(async () => (await site.hub.call('GET', `/deals/${deal.id}`)).body.stage === 'negotiation');
  await eventually(async () => !(await stageNames('Resellers')).includes('Proposal'));
  await page.getByRole('button', { name: 'Delete Closed won' }).click();
  await page.getByText('A pipeline keeps at least one stage of kind won.').waitFor();
});

it('keeps the reasons that deals close with', async () => {
  const { id } = (await pipelines()).find((one: { name: string }) => one.name === 'Resellers');
  const page = await site.open(`/settings/pipelines?pipeline=${id}`);
  const lost = page.getByRole('combobox', { name: 'Why deals are lost' });
  await lost.fill('Price');
  await lost.press('Enter');
  const pipeline = async () => (await site.hub.call('GET', `/pipelines/${id}`)).body;
  await eventually(async () => (await pipeline()).lostReasons.join() === 'Price');
  await page.getByRole('checkbox', { name: 'A lost deal needs a reason' }).check();
  await eventually(async () => (await pipeline()).lostReasonRequired === true);
});

it('switches the board from pipeline to pipeline, each with its own deals and sums', async () => {
  const [other, { id }] = [
    (await pipelines()).find((one: { name: string }) => one.name !== 'Resellers'),
    (await pipelines()).find((one: { name: string }) => one.name === 'Resellers'),
  ];
  await site.hub.call('POST', '/deals', { body: { name: 'Cards', amount: '900', currency: 'EUR', stage: 'negotiation' } });
  const page = await site.open('/deals');
  await page.getByRole('link', { name: 'Cards' }).waitFor();
  expect(await page.getByRole('link', { name: 'Mill' }).count()).toBe(0);
  await page.getByText('Open €900, weighted by probability €675').waitFor();
  await page.getByRole('combobox', { name: 'Pipeline' }).click();
  await page.getByRole('option', { name: 'Resellers' }).click();
  await page.getByRole('link', { name: 'Mill' }).waitFor();
  expect(await page.getByRole('link', { name: 'Cards' }).count()).toBe(0);
  expect(new URL(page.url()).searchParams.get('pipeline')).toBe(id);
  await expectAccessible(page);
  await page.screenshot({ path: join(folder, 'board-pipelines-1440.png') });
  await page.getByRole('button', { name: 'New deal' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Store');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('region', { name: 'Qualification, 1 deal' }).getByText('Store').waitFor();
  await page.goto(`/settings/pipelines?pipeline=${id}`);
  await page.getByRole('button', { name: 'Delete pipeline' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await eventually(async () => (await pipelines()).length === 1);
  const { body } = await site.hub.call('GET', `/deals?filter[pipelineId]=${other.id}`);
  expect(body.data).toHaveLength(3);
});

it('puts tags on a record, new ones too, and takes them off', async () => {
  const contact = await aContact(site.hub, { firstName: 'Ada' });
  const page = await site.open(`/contacts/${contact.id}`);
  const tags = page.getByRole('combobox', { name: 'Tags' });
  await tags.fill('Key account');
  await tags.press('Enter');
  const tagged = async () => (await site.hub.call('GET', `/contacts/${contact.id}`)).body.tagIds as string[];
  await eventually(async () => (await tagged()).length === 1);
  await tags.fill('Fair');
  await tags.press('Enter');
  await eventually(async () => (await tagged()).length === 2);
  await page.keyboard.press('Escape');
  await page.getByText('Key account', { exact: true }).waitFor();
  await expectAccessible(page);
  await tags.press('Backspace');
  await eventually(async () => (await tagged()).length === 1);
});

it('renames, recolours, merges and deletes tags', async () => {
  const page = await site.open('/settings/tags');
  await page.getByRole('button', { name: 'New tag' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('KA');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: 'KA' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Actions for Key account' }).click();
  await page.getByRole('menuitem', { name: 'Merge into another' }).click();
  await page.getByRole('combobox', { name: 'Into' }).click();
  await page.getByRole('option', { name: 'KA' }).click();
  await page.getByRole('button', { name: 'Merge', exact: true }).click();
  await page.getByText('Key account is now KA').waitFor();
  await page.getByRole('button', { name: 'Actions for KA' }).click();
  await page.getByRole('menuitem', { name: 'Rename or recolour' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Big');
  await page.getByRole('textbox', { name: 'Colour' }).fill('#2b8a3e');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: 'Big' }).waitFor();
  await page.screenshot({ path: join(folder, 'tags-1440.png') });
  await page.getByRole('link', { name: 'Big' }).click();
  await page.getByRole('link', { name: /^Ada/ }).waitFor();
  await page.goto('/settings/tags');
  await page.getByRole('button', { name: 'Actions for Big' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await eventually(async () =>
    (await site.hub.call('GET', '/tags')).body.data.every(({ name }: { name: string }) => name !== 'Big'),
  );
});

it('deletes a record and takes it back, at once or from the list of what was deleted', async () => {
  const contact = await aContact(site.hub, { firstName: 'Grace' });
  const page = await site.open(`/contacts/${contact.id}`);
  const status = async () => (await site.hub.call('GET', `/contacts/${contact.id}`)).status;
  const remove = async () => {
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Delete this contact' }).click();
    await eventually(async () => (await status()) === 404);
  };
  await remove();
  await page.getByRole('button', { name: 'Undo' }).click();
  await eventually(async () => (await status()) === 200);
  await page.goto(`/contacts/${contact.id}`);
  await remove();
  await page.goto('/settings/deleted');
  await page.getByRole('button', { name: /^Restore Grace/ }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: /^Restore Grace/ }).click();
  await eventually(async () => (await status()) === 200);
  await page.getByText('Nothing was deleted').waitFor();
});

it('breaks no rule of its own content policy and throws nothing', () => {
  expect(site.complaints).toEqual([]);
});
