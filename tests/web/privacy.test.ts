import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eraseNext } from '../../src/privacy/run-erasure.ts';
import { aContact } from '../support/factories.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite({ jobs: {} });
});
afterAll(() => site.stop());

const consentsOf = async (id: string) => (await site.hub.call('GET', `/contacts/${id}/consents`)).body.data;

it('gives a consent and withdraws it, with how that is known and since when', async () => {
  const { id } = await aContact(site.hub, { firstName: 'Grace', lastName: 'Hopper' });
  const page = await site.open(`/contacts/${id}`);
  const section = page.getByRole('region', { name: 'Consents' });
  await section.getByText('Nothing is noted').waitFor();
  await section.getByRole('button', { name: 'Note a consent' }).click();
  const dialog = page.getByRole('dialog', { name: 'Note a consent' });
  await dialog.getByRole('textbox', { name: 'Purpose' }).fill('News letter');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('must be small letters, digits, _ and -, such as newsletter', { exact: true }).waitFor();
  await dialog.getByRole('textbox', { name: 'Purpose' }).fill('email');
  await dialog.getByRole('textbox', { name: 'How is that known?' }).fill('Form at the fair');
  await expectAccessible(page);
  await dialog.getByRole('textbox', { name: 'Since' }).fill('2026-03-01');
  await dialog.getByRole('textbox', { name: 'Since' }).press('Tab');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await section.getByText('Consent · Form at the fair · since 1 Mar 2026').waitFor();
  expect(await consentsOf(id)).toMatchObject([
    { purpose: 'email', status: 'given', basis: 'consent', source: 'Form at the fair', since: '2026-02-28T23:00:00.000Z' },
  ]);

  await section.getByRole('button', { name: 'Withdraw email' }).click();
  const again = page.getByRole('dialog', { name: 'Consent: email' });
  await again.getByRole('textbox', { name: 'How is that known?' }).fill('By telephone');
  await again.getByRole('button', { name: 'Save' }).click();
  await section.getByText('Withdrawn').waitFor();
  await section.getByRole('button', { name: 'Give email' }).waitFor();
  expect(await consentsOf(id)).toMatchObject([{ status: 'withdrawn', source: 'By telephone' }]);
  expect((await site.hub.call('GET', `/contacts/${id}`)).body.unsubscribedAt).toEqual(expect.any(String));
  await site.hub.call('PUT', `/contacts/${id}/consents/newsletter`, { body: { status: 'given', basis: 'contract' } });
  await section.getByRole('button', { name: 'Withdraw newsletter' }).waitFor();
  await expectAccessible(page);
});

it('hands out everything kept on a person as a file', async () => {
  const { id } = await aContact(site.hub, { firstName: 'Edsger' });
  const page = await site.open(`/contacts/${id}`);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Export everything kept' }).click();
  const dialog = page.getByRole('dialog', { name: 'Everything kept on Edsger' });
  await dialog.getByRole('button', { name: 'Export' }).click();
  await dialog.getByText('Ready').waitFor();
  await expectAccessible(page);
  const download = page.waitForEvent('download');
  await dialog.getByRole('link', { name: 'Download' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe(`contact-${id}.zip`);
  const zip = unzipSync(new Uint8Array(readFileSync(await file.path())));
  expect(JSON.parse(Buffer.from(zip['contact.json'] ?? []).toString())).toMatchObject({ id, firstName: 'Edsger' });
});

it('erases a person once their name is typed, and shows how far it is until it is done', async () => {
  const { id } = await aContact(site.hub, { firstName: 'Barbara', lastName: 'Liskov', email: 'barbara@client.example' });
  await site.hub.call('POST', '/activities', { body: { type: 'note', subject: 'Likes types', contactIds: [id] } });
  const page = await site.open(`/contacts/${id}`);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Erase this person' }).click();
  const dialog = page.getByRole('dialog', { name: 'Erase Barbara Liskov' });
  await dialog.getByText(/Addresses: 1 · Activities: 2/).waitFor();
  const deed = dialog.getByRole('button', { name: 'Erase for good' });
  expect(await deed.isDisabled()).toBe(true);
  const name = dialog.getByRole('textbox', { name: 'Type “Barbara Liskov” to confirm' });
  await name.fill('barbara liskov');
  expect(await deed.isDisabled()).toBe(true);
  await expectAccessible(page);
  await name.fill('Barbara Liskov');
  await deed.click();

  await page.getByRole('heading', { name: 'Receipt of an erasure' }).waitFor();
  const status = page.getByRole('status');
  await status.getByText('Waiting to begin').waitFor();
  expect((await site.hub.call('GET', `/contacts/${id}`)).status).toBe(404);
  const [receipt] = (await site.hub.call('GET', '/erasures')).body.data;
  const next = () => site.hub.deed((ctx) => eraseNext(ctx, receipt.id));
  await next();
  await status.getByText('Erasing mail').waitFor();
  await expectAccessible(page);
  await eventually(async () => (await next()).over);
  await status.getByText('Everything that was kept on this person is erased').waitFor();
  await page.getByRole('cell', { name: 'Activities', exact: true }).waitFor();
  expect(await page.getByText('Liskov').count()).toBe(0);
  await page.goto('/settings/erasures');
  await page.getByRole('cell', { name: 'Done' }).waitFor();
  await expectAccessible(page);
});

it('erases an address of which no contact is left, typed twice', async () => {
  const page = await site.open('/settings/erasures');
  await page.getByRole('button', { name: 'Erase an address' }).click();
  const dialog = page.getByRole('dialog', { name: 'Erase an address' });
  const deed = dialog.getByRole('button', { name: 'Erase for good' });
  await dialog.getByRole('textbox', { name: 'E-mail address' }).fill('nobody@');
  await dialog.getByRole('textbox', { name: 'The address again' }).fill('nobody');
  expect(await deed.isDisabled()).toBe(true);
  await dialog.getByRole('textbox', { name: 'The address again' }).fill('nobody@');
  await deed.click();
  await dialog.getByText('must be an e-mail address such as ada@example.com').waitFor();
  await expectAccessible(page);
  for (const name of ['E-mail address', 'The address again'])
    await dialog.getByRole('textbox', { name }).fill('nobody@gone.example');
  await deed.click();
  await page.getByRole('heading', { name: 'Receipt of an erasure' }).waitFor();
  await page.getByText('Waiting to begin').waitFor();
});

/** A window of somebody who is not the admin. */
async function openAs({ email, password }: { email: string; password: string }, path: string) {
  const page = await site.open('/sign-in', { signedIn: false });
  const answer = await page.request.post('/api/v1/session', { data: { email, password }, headers: { origin: site.url } });
  expect(answer.status()).toBe(204);
  await page.goto(path);
  return page;
}

it('asks the owner of a contact that one does not see, when its address is taken, and says nothing of them', async () => {
  const reaches = { create: 'own', read: 'own', edit: 'own', delete: 'own' };
  const role = {
    key: 'own_only',
    name: 'Own only',
    permissions: { contact: reaches, event: { read: 'all' }, user: { read: 'all' } },
  };
  expect((await site.hub.call('POST', '/roles', { body: role })).status).toBe(201);
  await aContact(site.hub, { firstName: 'Hidden', lastName: 'Hamilton', email: 'taken@client.example' });
  const page = await openAs(await site.hub.aUser('own_only', 'Rita'), '/contacts');
  await page.getByRole('button', { name: 'New contact' }).first().click();
  await page.getByLabel('E-mail').fill('taken@client.example');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText('Somebody whom you may not see has this address.').waitFor();
  expect(await page.getByText('Hamilton').count()).toBe(0);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Ask their owner to share them' }).click();
  await page.getByText('Their owner was asked.').waitFor();
  const told = await site.hub.call('GET', '/notifications');
  expect(told.body.data).toMatchObject([{ subject: 'Rita asks to see Hidden Hamilton' }]);
});

it('offers none of it to who may not', async () => {
  const { id } = await aContact(site.hub, { firstName: 'Howard' });
  const viewer = await site.hub.aUser('viewer');
  const page = await openAs(viewer, `/contacts/${id}`);
  const section = page.getByRole('region', { name: 'Consents' });
  await section.getByText('Nothing is noted').waitFor();
  expect(await section.getByRole('button').count()).toBe(0);
  expect(await page.getByRole('button', { name: 'More' }).count()).toBe(0);
  await page.goto('/settings/erasures');
  await page.getByText(/^Your role does not open this page/).waitFor();
  expect(site.complaints).toEqual([]);
});
