import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

/** `SCREENSHOTS=docs` renews those of the documentation. */
const folder = join(
  import.meta.dirname,
  '../..',
  process.env.SCREENSHOTS === 'docs' ? 'docs/screenshots' : 'tests/.artifacts/screenshots',
);
const day = 86_400_000;
let site: Site;
let ids: { contact: string; company: string; deal: string };

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  site = await startSite();
  ids = await lively();
});
afterAll(() => site.stop());

/** A hub in which things have happened. */
async function lively() {
  const post = async (path: string, body: object) => (await site.hub.call('POST', path, { body })).body as { id: string };
  const acme = await post('/companies', {
    name: 'Analytical Engines Ltd',
    domain: 'engines.example',
    industry: 'Machines',
    city: 'London',
  });
  const navy = await post('/companies', {
    name: 'Navy Computing',
    domain: 'navy.example',
    industry: 'Defence',
    city: 'Arlington',
  });
  const people: [string, string, string, string][] = [
    ['Ada', 'Lovelace', 'ada@engines.example', acme.id],
    ['Grace', 'Hopper', 'grace@navy.example', navy.id],
    ['Charles', 'Babbage', 'charles@engines.example', acme.id],
    ['Howard', 'Aiken', 'howard@navy.example', navy.id],
    ['Mary', 'Somerville', 'mary@engines.example', acme.id],
  ];
  const contacts: { id: string }[] = [];
  for (const [firstName, lastName, email, companyId] of people) {
    contacts.push(
      await post('/contacts', { firstName, lastName, email, companyId, phone: '+44 20 7946 0958', title: 'Director' }),
    );
  }
  const contact = contacts[0] ?? acme;
  const deals: [string, string, string, string][] = [
    ['Difference engine, second order', '48000', 'GBP', 'qualification'],
    ['Punched cards for a year', '1250.50', 'GBP', 'qualification'],
    ['Compiler training', '9000', 'USD', 'needs_analysis'],
    ['Mill and store', '125000', 'GBP', 'proposal'],
    ['Relay maintenance', '32000', 'USD', 'negotiation'],
    ['Bernoulli tables', '4200', 'EUR', 'closed_won'],
  ];
  const made: { id: string }[] = [];
  for (const [name, amount, currency, stage] of deals) {
    made.push(await post('/deals', { name, amount, currency, stage, contactId: contact.id, companyId: acme.id }));
  }
  const deal = made[3] ?? acme;
  await post('/activities', {
    type: 'call',
    subject: 'She wants the mill by spring',
    duration: 12,
    direction: 'in',
    contactIds: [contact.id],
    dealId: deal.id,
  });
  const description =
    'The store must hold a thousand numbers of fifty digits each.\n\nShe will send the drawings, and asks for a price of the mill without the printer.';
  await post('/activities', { type: 'note', subject: 'Asked for a second drawing', description, contactIds: [contact.id] });
  const at = (days: number) => new Date(site.hub.services.now().getTime() + days * day).toISOString();
  await post('/tasks', {
    title: 'Send the drawings of the mill',
    dueDate: at(-2),
    priority: 'high',
    contactId: contact.id,
    dealId: deal.id,
  });
  await post('/tasks', { title: 'Ask about the printer', dueDate: at(3), contactId: contact.id });
  await post('/tasks', { title: 'Read her notes', dueDate: at(20) });
  await site.hub.deed((ctx) =>
    rowsOf(ctx, SQL`update deals set rotting_since = now() - interval '3 days' where id = ${made[0]?.id}`),
  );
  return { contact: contact.id, company: acme.id, deal: deal.id };
}

const screens: [name: string, path: () => string, heading: string][] = [
  ['tasks', () => '/tasks', 'Overdue'],
  ['contacts', () => '/contacts', 'Contacts'],
  ['contact', () => `/contacts/${ids.contact}`, 'Ada Lovelace'],
  ['companies', () => '/companies', 'Companies'],
  ['company', () => `/companies/${ids.company}`, 'People'],
  ['deals', () => '/deals', 'Deals'],
  ['deal-list', () => '/deals/list', 'Deals'],
  ['task-list', () => '/tasks/list', 'All tasks'],
  ['activities', () => '/activities', 'Activities'],
  ['pipelines', () => '/settings/pipelines', 'Stages'],
  ['tags', () => '/settings/tags', 'Tags'],
  ['activity-types', () => '/settings/activity-types', 'Activity types'],
  ['users', () => '/settings/users', 'Users'],
  ['roles', () => '/settings/roles', 'Roles and teams'],
  ['audit', () => '/settings/audit', 'Audit'],
  ['deleted', () => '/settings/deleted', 'Deleted records'],
  ['bulk-edits', () => '/settings/bulk-edits', 'Bulk edits'],
  ['deal', () => `/deals/${ids.deal}`, 'Mill and store'],
  ['mailboxes', () => '/settings/mailboxes', 'Mailboxes'],
  ['webhooks', () => '/settings/webhooks', 'Webhooks'],
];

it.for(screens)(
  '%s is whole and accessible at 1440 and 360 px, light and dark',
  { timeout: 90_000 },
  async ([name, path, heading]) => {
    for (const [width, height, dark] of [
      [1440, 900, false],
      [360, 740, false],
      [1440, 900, true],
    ] as const) {
      const page = await site.open(path(), { width, height, dark });
      await page.getByRole('heading', { name: heading, exact: true }).waitFor();
      await expectAccessible(page);
      const [wide, seen] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
      expect(wide, `${name} at ${width} px is wider than the window`).toBeLessThanOrEqual(seen);
      await page.screenshot({ path: join(folder, `${name}-${width}${dark ? '-dark' : ''}.png`) });
    }
  },
);

it('breaks no rule of its own content policy and throws nothing', () => {
  expect(site.complaints).toEqual([]);
});
