import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId, rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { logMail } from '../../src/email/mail-activities.ts';
import { emit } from '../../src/emit.ts';
import { aCompany, aContact, aDeal, anActivity, aTask } from '../support/factories.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

const folder = join(import.meta.dirname, '../.artifacts/screenshots');
let site: Site;
let ids: { contact: string; company: string; deal: string };
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  site = await startSite();
  ids = await eventful();
});
afterAll(() => site.stop());

/** A contact, company and deal with an entry of every kind each. */
async function eventful() {
  const { hub } = site;
  await hub.call('POST', '/activity-types', { body: { key: 'site_visit', label: 'Site visit' } });
  const { id: companyId } = await aCompany(hub, { name: 'Engines' });
  const { id: contactId } = await aContact(hub, { firstName: 'Ada', companyId });
  const { id: dealId } = await aDeal(hub, { name: 'Mill', amount: '10', contactId, companyId });
  const about = { contactIds: [contactId], companyId, dealId };
  await anActivity(hub, { ...about, type: 'note', subject: 'A note' });
  await anActivity(hub, { ...about, type: 'call', subject: 'A call', duration: 7 });
  await anActivity(hub, { ...about, type: 'meeting', subject: 'A meeting' });
  await anActivity(hub, { ...about, type: 'site_visit', subject: 'A visit' });
  await aTask(hub, { title: 'A task', contactId, companyId, dealId, dueDate: '2030-01-01T09:00:00Z' });
  await hub.call('PATCH', `/deals/${dealId}/stage`, { body: { stage: 'proposal' } });
  await hub.call('PATCH', `/contacts/${contactId}`, { body: { title: 'Countess' } });
  await hub.call('PATCH', `/companies/${companyId}`, { body: { industry: 'Machines' } });
  await hub.call('PATCH', `/deals/${dealId}`, { body: { amount: '12' } });
  for (const path of [`/contacts/${contactId}`, `/companies/${companyId}`, `/deals/${dealId}`]) {
    const answer = await hub.call('POST', `${path}/files?name=plan.txt`, {
      body: 'content',
      headers: { 'content-type': 'text/plain' },
    });
    expect(answer.status).toBe(201);
  }
  await hub.deed(async (ctx) => {
    emit(ctx, 'deal.rotted', { dealId, stage: 'proposal', since: ctx.now.toISOString() });
    const id = newId();
    await rowsOf(ctx, SQL`insert into mail_threads (id, created_at) values (${id}, ${ctx.now})`);
    await rowsOf(
      ctx,
      SQL`insert into messages (id, identity, fingerprint, thread_id, owner_id, direction, kind, subject, snippet, text, sent_at, in_reply_to,
            reference_ids, size, truncated, damaged, created_at)
          values (${id}, ${id}, '', ${id}, ${hub.admin.id}, 'in', 'human', 'A mail', 'Dear', 'Dear all', ${ctx.now}, '{}', '{}', 0, false, false, ${ctx.now})`,
    );
    await rowsOf(
      ctx,
      SQL`insert into message_participants (message_id, role, address_normal, position, name, contact_id)
          values (${id}, 'from', 'a@b.test', 0, '', ${contactId})`,
    );
    const server = JSON.stringify({ host: 'mail.test', port: 993, security: 'tls', username: 'u', authType: 'password' });
    await rowsOf(
      ctx,
      SQL`insert into mailboxes (id, owner_id, address, address_normal, imap, smtp, state, create_contacts, visibility, created_at, updated_at)
          values (${id}, ${hub.admin.id}, 'me@x.test', 'me@x.test', ${server}, ${server}, 'paused', 'none', 'everything', ${ctx.now}, ${ctx.now})`,
    );
    await rowsOf(ctx, SQL`insert into message_mailboxes (message_id, mailbox_id) values (${id}, ${id})`);
    await logMail(ctx, [id], { dealId });
  });
  return { contact: contactId, company: companyId, deal: dealId };
}

const entries = (page: Page) => page.getByRole('list', { name: 'Timeline' }).getByRole('listitem');
const pathOf = { contact: 'contacts', company: 'companies', deal: 'deals' } as const;

/** What each kind leaves of the timelines, by what an entry says. */
const kinds: [chip: string, says: Record<'contact' | 'company' | 'deal', RegExp | null>][] = [
  ['Notes', { contact: /A note/, company: /A note/, deal: /A note/ }],
  ['Calls', { contact: /A call.*7 min/, company: /A call/, deal: /A call/ }],
  ['Meetings', { contact: /A meeting/, company: /A meeting/, deal: /A meeting/ }],
  ['Site visit', { contact: /A visit.*Site visit/, company: /A visit/, deal: /A visit/ }],
  ['Mail', { contact: /A mail.*Received/, company: /A mail/, deal: /A mail/ }],
  ['Tasks', { contact: /A task/, company: /A task/, deal: /A task/ }],
  ['Deals', { contact: /Mill|Moved|Deal/, company: /Mill|Moved|Deal/, deal: /Mill|Moved|Deal/ }],
  ['Changes', { contact: /Countess|Contact created/, company: /Machines|Company created|Contact created/, deal: /Amount/ }],
  ['Follow-up', { contact: null, company: null, deal: /quiet for too long/ }],
  ['Files', { contact: /plan\.txt/, company: /plan\.txt/, deal: /plan\.txt/ }],
];

it.for(['contact', 'company', 'deal'] as const)(
  'shows each kind of what happened with a %s alone when it is asked for',
  async (noun) => {
    const page = await site.open(`/${pathOf[noun]}/${ids[noun]}`);
    await entries(page).nth(5).waitFor();
    for (const [chip, says] of kinds) {
      const wanted = says[noun];
      const choice = page.getByRole('group', { name: 'What to show' }).getByText(chip, { exact: true });
      if (wanted === null) {
        expect(await choice.count(), chip).toBe(0);
        continue;
      }
      const isNarrowed = async () => {
        const shown = await entries(page).allTextContents();
        return shown.length > 0 && shown.every((text) => wanted.test(text));
      };
      await choice.click();
      await eventually(isNarrowed);
      if (chip === 'Mail') {
        await page.reload();
        await eventually(isNarrowed);
      }
      await choice.click();
      await entries(page).nth(5).waitFor();
    }
  },
);

it('joins kinds, says when there is nothing of one, and pages through the rest', async () => {
  const { hub } = site;
  const { id } = await aContact(hub, { firstName: 'Grace' });
  for (let n = 0; n < 33; n++) await anActivity(hub, { contactIds: [id], type: 'note', subject: `Note ${n}.` });
  await anActivity(hub, { contactIds: [id], type: 'call', subject: 'One call' });
  const page = await site.open(`/contacts/${id}?kinds=meeting`);
  await page.getByText('Nothing of this kind').waitFor();
  await expectAccessible(page);
  const group = page.getByRole('group', { name: 'What to show' });
  await group.getByText('Calls').click();
  await entries(page).filter({ hasText: 'One call' }).waitFor();
  await group.getByText('Notes').click();
  await entries(page).filter({ hasText: 'Note 32.' }).waitFor();
  expect(await entries(page).filter({ hasText: 'Note 0.' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Load more' }).click();
  await entries(page).filter({ hasText: 'Note 0.' }).waitFor();
  expect(await entries(page).count()).toBe(34);
});

it('reads a mail where it stands, downloads a file, and fits a phone', async () => {
  const page = await site.open(`/deals/${ids.deal}`, { width: 390, height: 844 });
  await entries(page).nth(5).waitFor();
  await page.screenshot({ path: join(folder, 'deal-390.png'), fullPage: true });
  const [wide, seen] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
  expect(wide).toBeLessThanOrEqual(seen);
  const mail = entries(page).filter({ hasText: 'A mail' });
  await mail.getByRole('button').click();
  await mail.getByText('Dear all').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    entries(page).getByRole('link', { name: 'plan.txt' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('plan.txt');
  const company = await site.open(`/companies/${ids.company}`);
  await entries(company).nth(5).waitFor();
  await expectAccessible(company);
  await company.screenshot({ path: join(folder, 'company-page-1440.png') });
});

it('breaks no rule of its own content policy and throws nothing', () => {
  expect(site.complaints).toEqual([]);
});
