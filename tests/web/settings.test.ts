import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { notify } from '../../src/notifications/notifications.ts';
import { startMail } from '../../workers/mail.ts';
import { aMail } from '../mail/mailing.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

const OWNER = 'ada@throughline.example';
let site: Site;
let dovecot: TestDovecot;
let mail: { stop(): Promise<void> };

beforeAll(async () => {
  dovecot = await startDovecot({ [OWNER]: 'secret' });
  const letter = (number: number) =>
    aMail({
      from: 'Grace Hopper <grace@navy.example>',
      to: OWNER,
      subject: `Letter ${number}`,
      id: `${number}@navy.example`,
      body: `Dear Ada,\r\n${'a long line of it\r\n'.repeat(20)}Yours, Grace`,
    });
  await dovecot.import(OWNER, [letter(1), letter(2), letter(3)]);
  site = await startSite({ jobs: {}, consumers: [] });
  mail = startMail(site.hub.services);
});
afterAll(async () => {
  await mail?.stop();
  await site?.stop();
  await dovecot?.stop();
});

it('connects a mailbox: errors at the fields, the servers own words, then its import and its mail on the timeline', async () => {
  const { body: grace } = await site.hub.call('POST', '/contacts', { body: { firstName: 'Grace', email: 'grace@navy.example' } });
  const page = await site.open('/settings/mailboxes');
  await page.getByText('No mailbox connected').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Connect a mailbox' }).first().click();
  const form = page.getByRole('dialog', { name: 'Connect a mailbox' });
  await form.getByLabel('Address').fill('ada at throughline');
  await form.getByLabel('Password').first().fill('wrong');
  await form.getByLabel('User name').fill(OWNER);
  const [imap, smtp] = [form.getByRole('group', { name: /IMAP/ }), form.getByRole('group', { name: /SMTP/ })];
  for (const server of [imap, smtp]) {
    await server.getByRole('textbox', { name: 'Server' }).fill('127.0.0.1');
    await server.getByRole('combobox', { name: 'Security' }).click();
    await page.getByRole('option', { name: 'None' }).click();
    await server.getByRole('textbox', { name: 'Port' }).fill(String(dovecot.ports.imap));
  }
  await form.getByRole('button', { name: 'Test' }).click();
  await form.getByText('must be an e-mail address').waitFor();
  await form.getByLabel('Address').fill(OWNER);
  await form.getByRole('button', { name: 'Test' }).click();
  await imap.getByText(/Authentication failed/i).waitFor();
  await expectAccessible(page);
  await form.getByLabel('Password').first().fill('secret');
  await form.getByRole('button', { name: 'Test' }).click();
  await imap.getByText('The server takes these settings.').waitFor();
  await form.getByRole('button', { name: 'Connect a mailbox' }).click();
  await page.getByRole('region', { name: OWNER }).getByText('Live', { exact: true }).waitFor({ timeout: 60_000 });
  await page.getByText(/3 found · 3 logged/).waitFor({ timeout: 60_000 });
  await expectAccessible(page);
  await page.goto(`/contacts/${grace.id}`);
  const letter = page.getByRole('article').filter({ hasText: 'Letter 2' });
  await letter.getByRole('button', { name: 'Show the mail' }).click();
  await letter.getByText('Yours, Grace').waitFor();
  await dovecot.import(OWNER, [aMail({ from: 'grace@navy.example', to: OWNER, subject: 'One more', id: 'more@navy.example' })]);
  await page.getByRole('article').filter({ hasText: 'One more' }).waitFor({ timeout: 60_000 });
});

it('writes a mail to a contact and says when its server does not take it', async () => {
  const { body } = await site.hub.call('POST', '/contacts', { body: { firstName: 'Alan', email: 'alan@bletchley.example' } });
  const page = await site.open(`/contacts/${body.id}`);
  await page.getByText('E-mail', { exact: true }).last().click();
  await page.getByRole('textbox', { name: 'Subject' }).fill('Hello Alan');
  await page.getByRole('textbox', { name: 'Text' }).fill('How are you?');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const entry = page.getByRole('article').filter({ hasText: 'Hello Alan' });
  await entry.waitFor();
  await entry.getByText(/Waiting to be sent|Being sent|Not sent/).waitFor();
});

it('makes a webhook source whose ready curl delivers, shows what arrived, and makes an endpoint', async () => {
  const page = await site.open('/settings/webhooks');
  await page.getByText('Nothing comes in yet').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'New source' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Form');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText('Copy the secret now').waitFor();
  await expectAccessible(page);
  const curl = (await page.getByRole('group', { name: 'Try it from a shell' }).textContent()) ?? '';
  const { stdout } = await promisify(execFile)('bash', ['-c', curl.replace(/http:\/\/[^/]+/, site.url)]);
  expect(stdout).toMatch(/202 Accepted/);
  await page.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('button', { name: 'Last received' }).click();
  await page.getByText('Done', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Contact', exact: true }).click();
  await page.getByText('Form sent: Contact').waitFor();
  await page.goto('/settings/webhooks');
  await page.getByRole('button', { name: 'New endpoint' }).click();
  await page.getByRole('textbox', { name: 'Address' }).fill('not an address');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText('must be an address such as').waitFor();
  await page.getByRole('textbox', { name: 'Address' }).fill('https://93.184.215.14/throughline');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText('Copy the secret now').waitFor();
  await page.getByRole('button', { name: 'Close' }).last().click();
  await page
    .getByRole('region', { name: 'https://93.184.215.14/throughline' })
    .getByRole('button', { name: 'Deliveries' })
    .click();
  await page.getByText('Nothing has been sent yet').waitFor();
  await expectAccessible(page);
});

it('marks a notification as read when it is opened', async () => {
  const subject = 'Task due: call Grace';
  const about = { userId: site.hub.admin.id, kind: 'task_due' as const, recordType: 'task' as const };
  const { body: task } = await site.hub.call('POST', '/tasks', { body: { title: 'call Grace' } });
  await site.hub.deed((ctx) => notify(ctx, { ...about, recordId: task.id, subject, basis: 'a' }));
  const page = await site.open('/contacts');
  await page.getByRole('button', { name: 'Notifications, 1 unread' }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: subject }).click();
  await page.getByRole('heading', { name: 'My tasks' }).waitFor();
  await eventually(async () => (await page.getByRole('button', { name: 'Notifications', exact: true }).count()) === 1);
});

it('breaks no rule of its own content policy and throws nothing', () => {
  expect(site.complaints).toEqual([]);
});
