import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { duplicatesConsumer } from '../../src/duplicates/duplicates-consumer.ts';
import { aCompany, aContact } from '../support/factories.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

const folder = join(import.meta.dirname, '../.artifacts/screenshots');
let site: Site;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  site = await startSite({ consumers: [duplicatesConsumer] });
});
afterAll(() => site.stop());

it('shows two records that may be the same side by side, and remembers that they are not', async () => {
  const { hub } = site;
  const { id: companyId } = await aCompany(hub);
  const phone = '+43 1 5880';
  await aContact(hub, { firstName: 'Ada', lastName: 'Lovelace', companyId, title: 'Countess', phone });
  await aContact(hub, { firstName: 'Ada', lastName: 'Lovelace', companyId, title: 'Director', phone });
  const page = await site.open('/settings/duplicates', { width: 390, height: 844 });
  const pair = page.getByRole('region', { name: 'Ada Lovelace and Ada Lovelace' });
  await pair.getByText('same name and company').waitFor();
  await pair.getByRole('cell', { name: 'Countess' }).waitFor();
  await pair.getByRole('cell', { name: 'Director' }).waitFor();
  await expectAccessible(page);
  const [wide, seen] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
  expect(wide).toBeLessThanOrEqual(seen);
  await page.screenshot({ path: join(folder, 'duplicates-390.png') });
  await pair.getByRole('button', { name: 'Ada Lovelace and Ada Lovelace are not the same' }).click();
  await page.getByText('No duplicates').waitFor();
  await eventually(async () => (await hub.call('GET', '/duplicates')).body.data.length === 0);
  await page.reload();
  await page.getByText('No duplicates').waitFor();
});

it('breaks no rule of its own content policy and throws nothing', () => {
  expect(site.complaints).toEqual([]);
});
