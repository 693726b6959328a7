import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, anActivity } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

interface Page {
  data: { id: string; activityDate: string }[];
  nextCursor: string | null;
}

it('pages through a timeline newest first, and loses and repeats nothing while it grows', async () => {
  const contact = await aContact(hub);
  const made: string[] = [];
  for (let n = 0; n < 11; n++) {
    const activityDate = `2020-01-${String(1 + Math.floor(n / 2)).padStart(2, '0')}T00:00:00Z`; // pairs at the same instant
    made.push((await anActivity(hub, { contactIds: [contact.id], activityDate })).id);
  }
  const seen: Page['data'] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = (await hub.call('GET', `/contacts/${contact.id}/timeline?limit=3${cursor && `&cursor=${cursor}`}`)).body;
    seen.push(...page.data);
    cursor = page.nextCursor;
    await anActivity(hub, { contactIds: [contact.id] });
  }
  expect(seen.map((entry) => entry.activityDate)).toEqual(
    seen
      .map((entry) => entry.activityDate)
      .sort()
      .reverse(),
  );
  expect(
    seen
      .map((entry) => entry.id)
      .filter((id) => made.includes(id))
      .sort(),
  ).toEqual([...made].sort());
  expect(new Set(seen.map((entry) => entry.id)).size).toBe(seen.length);
});

it('shows the same 404 for a missing and for a deleted record', async () => {
  const contact = await aContact(hub);
  await hub.call('DELETE', `/contacts/${contact.id}`);
  const gone = await hub.call('GET', `/contacts/${contact.id}/timeline`);
  const never = await hub.call('GET', '/contacts/00000000-0000-7000-8000-000000000000/timeline');
  expect({ ...gone.body, requestId: '' }).toEqual({ ...never.body, requestId: '' });
  expect(gone.status).toBe(404);
});

it("refuses a cursor of another list, of another sort, or of one's own making", async () => {
  const contact = await aContact(hub);
  for (let n = 0; n < 2; n++) await anActivity(hub, { contactIds: [contact.id] });
  const { nextCursor } = (await hub.call('GET', `/contacts/${contact.id}/timeline?limit=1`)).body;
  for (const path of [
    `/contacts?cursor=${nextCursor}`,
    `/contacts/${contact.id}/timeline?cursor=${nextCursor.slice(0, -1)}`,
    `/contacts/${contact.id}/timeline?cursor=W10`,
  ]) {
    expect((await hub.call('GET', path)).body.errors, path).toMatchObject([{ pointer: 'query/cursor', code: 'invalid_cursor' }]);
  }
});
