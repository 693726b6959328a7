import { afterAll, beforeAll, expect, it } from 'vitest';
import { aDeal, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
let sales: string;
let partners: string;
beforeAll(async () => {
  hub = await startHub();
  sales = (await hub.call('GET', '/pipelines')).body.data[0].id;
  const stages = [
    { key: 'intro', name: 'Intro', kind: 'open', probability: 5 },
    { key: 'proposal', name: 'Proposal', kind: 'open', probability: 40 },
    { key: 'signed', name: 'Signed', kind: 'won' },
    { key: 'gone', name: 'Gone', kind: 'lost' },
  ];
  partners = (await hub.call('POST', '/pipelines', { body: { name: 'Partners', stages } })).body.id;
});
afterAll(() => hub.stop());

const move = (id: string, body: object) => hub.call('PATCH', `/deals/${id}/stage`, { body });

it('moves a deal to a stage of another pipeline, with its stage history and one event that names both', async () => {
  const deal = await aDeal(hub);
  const moved = await move(deal.id, { pipelineId: partners, stage: 'intro' });
  expect(moved).toMatchObject({ status: 200, body: { pipelineId: partners, stage: 'intro', probability: 5, version: 2 } });
  expect((await logOf(hub, deal.id)).at(-1)).toMatchObject({
    type: 'deal.stage_changed',
    data: { from: 'qualification', to: 'intro', pipelines: { from: sales, to: partners } },
  });
  const { data } = (await hub.call('GET', `/deals/${deal.id}/stage-history`)).body;
  const stays = data.map(({ pipelineId, stage, leftAt }: Record<string, string>) => [pipelineId, stage, leftAt !== null]);
  expect(stays).toEqual([
    [sales, 'qualification', true],
    [partners, 'intro', false],
  ]);
});

it('finds the stage of the same key, else the first of its kind, when only the pipeline is said', async () => {
  const here = async (stage: string) => aDeal(hub, { stage });
  expect((await move((await here('proposal')).id, { pipelineId: partners })).body.stage).toBe('proposal');
  expect((await move((await here('negotiation')).id, { pipelineId: partners })).body.stage).toBe('intro');
  const same = await here('proposal');
  expect((await move(same.id, { pipelineId: sales })).body).toMatchObject({ stage: 'proposal', version: 1 });
});

it('keeps a closed deal closed, with its day and reason', async () => {
  const deal = await aDeal(hub);
  const { body: closed } = await hub.call('POST', `/deals/${deal.id}/close`, { body: { status: 'lost', reason: 'Price' } });
  const moved = (await move(deal.id, { pipelineId: partners })).body;
  expect(moved).toMatchObject({ stage: 'gone', status: 'lost', lostReason: 'Price', actualCloseDate: closed.actualCloseDate });
  expect((await logOf(hub, deal.id)).map(({ type }) => type)).toEqual(['deal.created', 'deal.closed', 'deal.stage_changed']);
  expect((await move(deal.id, { pipelineId: sales, stage: 'proposal' })).body).toMatchObject({
    status: 'open',
    lostReason: null,
  });
  expect((await logOf(hub, deal.id)).at(-1)?.type).toBe('deal.reopened');
});

it('says which of pipeline and stage there is not', async () => {
  const deal = await aDeal(hub);
  const missing = '00000000-0000-7000-8000-000000000000';
  const refused = (pointer: string, code: string) => ({ status: 400, body: { errors: [{ pointer, code }] } });
  expect(await move(deal.id, { pipelineId: missing, stage: 'intro' })).toMatchObject(
    refused('/pipelineId', 'pipeline_not_found'),
  );
  expect(await move(deal.id, { pipelineId: partners, stage: 'negotiation' })).toMatchObject(refused('/stage', 'stage_not_found'));
  expect(await move(deal.id, { stage: 'intro' })).toMatchObject(refused('/stage', 'stage_not_found'));
  expect(await move(deal.id, {})).toMatchObject({ status: 400, body: { errors: [{ pointer: '/stage' }] } });
});

it('stands behind a deal of the stage alone, and one that is hidden is as one that is missing', async () => {
  const [deal, elsewhere] = [await aDeal(hub), await aDeal(hub, { stage: 'negotiation' })];
  const behind = (afterDealId: string, key = hub.admin.key) =>
    hub.call('PATCH', `/deals/${deal.id}/stage`, { body: { stage: 'proposal', afterDealId }, key });
  const missing = { status: 400, body: { errors: [{ pointer: '/afterDealId', code: 'reference_not_found' }] } };
  expect(await behind('00000000-0000-7000-8000-000000000000')).toMatchObject(missing);
  expect(await behind(elsewhere.id)).toMatchObject({ status: 400, body: { errors: [{ code: 'deal_not_in_stage' }] } });
  const hidden = await aDeal(hub, { stage: 'proposal' });
  const { body: role } = await hub.call('GET', '/roles/rep');
  const permissions = { ...role.permissions, deal: { create: 'own', read: 'own', edit: 'own', delete: 'own' } };
  await hub.call('POST', '/roles', { body: { key: 'narrow', name: 'Narrow', permissions } });
  const rep = await hub.aUser('narrow');
  await hub.call('PATCH', `/deals/${deal.id}`, { body: { ownerId: rep.id } });
  expect(await behind(hidden.id, rep.key)).toMatchObject(missing);
  await hub.call('DELETE', `/deals/${hidden.id}`);
  expect(await behind(hidden.id)).toMatchObject(missing);
});
