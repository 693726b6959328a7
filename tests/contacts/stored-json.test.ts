import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contactObject } from '../../src/contacts/contact.object.ts';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import type { Fields } from '../../src/objects.ts';
import { aCompany } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const shownFields = Object.entries(contactObject.fields as Fields).flatMap(([name, { unseen }]) => (unseen ? [] : [name]));

/** A record is shown from what its row keeps, and made of its columns when fields are named. */
async function bothWays(id: string) {
  const [kept, made] = await Promise.all([
    hub.call('GET', `/contacts/${id}`),
    hub.call('GET', `/contacts/${id}?fields=${shownFields.join(',')}`),
  ]);
  return { kept: kept.body, made: made.body };
}

const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });

it('what a contact keeps as JSON is what its columns say, whatever is in them', async () => {
  const company = await aCompany(hub, { name: 'Kept "Company" \\ Söhne' });
  await fc.assert(
    fc.asyncProperty(
      fc.record({ firstName: anyText, title: anyText, city: anyText }),
      fc.boolean(),
      async (texts, doNotEmail) => {
        const made = await hub.call('POST', '/contacts', {
          body: { ...texts, lastName: 'Kept', doNotEmail, companyId: doNotEmail ? company.id : null },
        });
        expect(made.status).toBe(201);
        const shown = await bothWays(made.body.id);
        expect(shown.kept).toEqual(shown.made);
        expect(made.body).toEqual(shown.made);
      },
    ),
    { numRuns: 40 },
  );
});

it('follows each edit, and writes instants in UTC whatever the time zone of the session that wrote the row', async () => {
  const { body: made } = await hub.call('POST', '/contacts', { body: { firstName: 'Zoned', email: 'zoned@kept.example' } });
  await hub.call('PATCH', `/contacts/${made.id}`, { body: { city: 'Pune', otherEmails: ['z2@kept.example'] } });
  await hub.deed(async (ctx) => {
    await rowsOf(ctx, SQL`set local time zone 'Asia/Kolkata'`);
    await rowsOf(ctx, SQL`set local datestyle to 'German'`);
    await rowsOf(ctx, SQL`update contacts set last_contacted_at = '2026-03-01 12:00:00.5+05' where id = ${made.id}`);
  });
  const shown = await bothWays(made.id);
  expect(shown.kept).toEqual(shown.made);
  expect(shown.kept).toMatchObject({
    city: 'Pune',
    otherEmails: ['z2@kept.example'],
    version: 2,
    lastContactedAt: '2026-03-01T07:00:00.500Z',
  });
});
