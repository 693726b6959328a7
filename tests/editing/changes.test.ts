import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany, aContact, aCustomField, aDeal, anActivity, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
let tagId: string;
beforeAll(async () => {
  hub = await startHub();
  await aCustomField(hub, { object: 'contact', name: 'hobby' });
  tagId = (await hub.call('POST', '/tags', { body: { name: 'vip' } })).body.id;
});
afterAll(() => hub.stop());

type Change = [what: string, url: string, method: string, path: string, body: object | undefined, event: string];

/** What is done to a record, one thing after the other. */
async function changes(): Promise<Change[]> {
  const [contact, company, deal] = [await aContact(hub), await aCompany(hub), await aDeal(hub)];
  const activity = await anActivity(hub);
  const [c, o, d, a] = [`/contacts/${contact.id}`, `/companies/${company.id}`, `/deals/${deal.id}`, `/activities/${activity.id}`];
  return [
    ['an address', c, 'POST', `${c}/emails`, { address: 'second@changes.example' }, 'contact.updated'],
    ['a tag', c, 'PUT', `${c}/tags/${tagId}`, undefined, 'contact.updated'],
    ['a tag that goes', c, 'DELETE', `${c}/tags/${tagId}`, undefined, 'contact.updated'],
    ['a custom field', c, 'PATCH', c, { customFields: { hobby: 'salt' } }, 'contact.updated'],
    ['a link', c, 'PATCH', c, { companyId: company.id }, 'contact.updated'],
    ['a further company', c, 'PUT', `${c}/companies/${company.id}`, { role: 'Advisor' }, 'contact.updated'],
    ['a domain', o, 'POST', `${o}/domains`, { domain: 'changes.example' }, 'company.updated'],
    ['a deal contact', d, 'PUT', `${d}/contacts/${contact.id}`, { role: 'Buyer' }, 'deal.updated'],
    ['a move', d, 'PATCH', `${d}/stage`, { stage: 'proposal' }, 'deal.stage_changed'],
    ['a close', d, 'POST', `${d}/close`, { status: 'won' }, 'deal.closed'],
    ['a reopening', d, 'POST', `${d}/reopen`, undefined, 'deal.reopened'],
    ['whom it concerns', a, 'PATCH', a, { contactIds: [contact.id] }, 'activity.updated'],
    ['a restore', c, 'POST', `${c}/restore`, undefined, 'contact.restored'],
  ];
}

it('counts each of these as one change of the record: version, updatedAt, event', async () => {
  for (const [what, url, method, path, body, event] of await changes()) {
    let before = (await hub.call('GET', url)).body;
    const id = url.split('/')[2] as string;
    if (what === 'a restore') {
      expect((await hub.call('DELETE', url)).status).toBe(204);
      expect((await logOf(hub, id)).at(-1)?.type).toBe('contact.deleted');
      before = { ...before, version: before.version + 1 };
    }
    const events = (await logOf(hub, id)).length;
    const answer = await hub.call(method, path, body === undefined ? {} : { body });
    expect(answer.status, what).toBeLessThan(300);
    const after = (await hub.call('GET', url)).body;
    expect(after.version, what).toBe(before.version + 1);
    expect(Date.parse(after.updatedAt), what).toBeGreaterThan(Date.parse(before.updatedAt));
    const since = (await logOf(hub, id)).slice(events);
    expect(
      since.map(({ type }) => type),
      what,
    ).toEqual([event]);
  }
});
