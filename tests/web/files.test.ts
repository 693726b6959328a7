import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact } from '../support/factories.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

const folder = join(import.meta.dirname, '../.artifacts/screenshots');
let site: Site;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  site = await startSite({ config: { fileLimitMb: 1 } });
});
afterAll(() => site.stop());

it('attaches files to a record, hands them out, and deletes one once it is confirmed; another window sees it', async () => {
  const { id } = await aContact(site.hub, { firstName: 'Ada' });
  const other = await site.open(`/contacts/${id}`, { width: 390, height: 844 });
  const page = await site.open(`/contacts/${id}`, { beside: true });
  const files = page.getByRole('region', { name: 'Files' });
  const chosen = page.waitForEvent('filechooser');
  await files.getByRole('button', { name: 'Attach files' }).click();
  await (await chosen).setFiles([
    { name: 'offer.txt', mimeType: 'text/plain', buffer: Buffer.from('forty seats') },
    { name: 'film.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(1_100_000) },
    { name: 'plan & price.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b') },
  ]);
  await page.getByText('film.bin was not attached').waitFor();
  await files.getByRole('link', { name: 'plan & price.csv' }).waitFor();
  await files.getByText('11 B · ').waitFor();
  await expectAccessible(page);
  await page.screenshot({ path: join(folder, 'files-1440.png'), fullPage: true });
  const saved = page.waitForEvent('download');
  await files.getByRole('link', { name: 'offer.txt' }).click();
  expect(await readFile(await (await saved).path(), 'utf8')).toBe('forty seats');
  const seen = other.getByRole('region', { name: 'Files' });
  await seen.getByRole('link', { name: 'offer.txt' }).waitFor();
  await files.getByRole('button', { name: 'Delete offer.txt' }).click();
  await page.getByRole('dialog', { name: 'Delete this file?' }).getByRole('button', { name: 'Delete' }).click();
  await files.getByRole('link', { name: 'offer.txt' }).waitFor({ state: 'detached' });
  await seen.getByRole('link', { name: 'offer.txt' }).waitFor({ state: 'detached' });
  const { body } = await site.hub.call('GET', `/contacts/${id}/files`);
  expect(body.data).toMatchObject([{ name: 'plan & price.csv', contentType: 'text/csv', size: '3' }]);
  const viewers = await site.open(`/contacts/${id}`, { as: await site.hub.aUser('viewer', 'Vera') });
  await viewers.getByRole('region', { name: 'Files' }).getByRole('link', { name: 'plan & price.csv' }).waitFor();
  expect(await viewers.getByRole('region', { name: 'Files' }).getByRole('button').count()).toBe(0);
  expect(site.complaints).toEqual([]);
});
