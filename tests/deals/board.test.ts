import { afterAll, beforeAll, expect, it } from 'vitest';
import { aDeal } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const board = async (stage: string): Promise<string[]> => {
  const { body } = await hub.call('GET', `/deals?filter[stage]=${stage}&sort=board&limit=200`);
  return body.data.map((deal: { name: string }) => deal.name);
};
const place = (id: string, stage: string, afterDealId: string | null) =>
  hub.call('PATCH', `/deals/${id}/stage`, { body: { stage, afterDealId } });

it('stands new deals at the end of their stage and moved ones where they were put', async () => {
  const [a, b, c] = [await aDeal(hub, { name: 'a' }), await aDeal(hub, { name: 'b' }), await aDeal(hub, { name: 'c' })];
  expect(await board('qualification')).toEqual(['a', 'b', 'c']);
  await place(c.id, 'qualification', a.id);
  expect(await board('qualification')).toEqual(['a', 'c', 'b']);
  await place(b.id, 'qualification', null);
  expect(await board('qualification')).toEqual(['b', 'a', 'c']);
  await place(a.id, 'proposal', null);
  await place(c.id, 'proposal', a.id);
  expect(await board('proposal')).toEqual(['a', 'c']);
});

it('holds the order when sixty deals are put between the same two', async () => {
  const first = await aDeal(hub, { name: 'first', stage: 'negotiation' });
  await aDeal(hub, { name: 'last', stage: 'negotiation' });
  const names: string[] = [];
  for (let n = 0; n < 60; n++) {
    const deal = await aDeal(hub, { name: `n${n}`, stage: 'needs_analysis', contactId: null });
    await place(deal.id, 'negotiation', first.id);
    names.unshift(deal.name);
  }
  expect(await board('negotiation')).toEqual(['first', ...names, 'last']);
});

it('pages through a stage in the order of the board', async () => {
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await hub.call('GET', `/deals?filter[stage]=negotiation&sort=board&limit=7${cursor && `&cursor=${cursor}`}`);
    seen.push(...page.body.data.map((deal: { name: string }) => deal.name));
    cursor = page.body.nextCursor;
  }
  expect(seen).toEqual(await board('negotiation'));
});
