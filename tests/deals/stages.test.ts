import { afterAll, beforeAll, expect, it } from 'vitest';
import { aDeal, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const stages = [
  { key: 'lead', name: 'Lead', probability: 10 },
  { key: 'offer', name: 'Offer', probability: 60, rotDays: 5 },
  { key: 'won', name: 'Won', kind: 'won' },
  { key: 'lost', name: 'Lost', kind: 'lost' },
];
const aPipeline = async (name: string) => (await hub.call('POST', '/pipelines', { body: { name, stages } })).body;
const keysOf = (pipeline: { stages: { key: string }[] }) => pipeline.stages.map(({ key }) => key);

it('makes a pipeline with its stages, where deals begin, are won and are lost', async () => {
  const pipeline = await aPipeline('Partners');
  expect(pipeline).toMatchObject({
    name: 'Partners',
    isDefault: false,
    stages: [{ probability: 10 }, { rotDays: 5 }, { probability: 100 }, { probability: 0 }],
  });
  const deal = await aDeal(hub, { pipelineId: pipeline.id });
  expect(deal).toMatchObject({ stage: 'lead', probability: 10 });
  const won = await hub.call('POST', `/deals/${deal.id}/close`, { body: { status: 'won' } });
  expect(won.body).toMatchObject({ stage: 'won', status: 'won', probability: 100 });
  expect((await logOf(hub, pipeline.id)).map(({ type }) => type)).toEqual([
    ...stages.map(() => 'stage.created'),
    'pipeline.created',
  ]);
});

it('has the pipeline to begin with, whose stages keep their keys for good', async () => {
  const { body } = await hub.call('GET', '/pipelines');
  const first = body.data.find(({ isDefault }: { isDefault: boolean }) => isDefault);
  expect(first.stages.map(({ key, probability, kind }: Record<string, unknown>) => [key, probability, kind])).toEqual([
    ['qualification', 10, 'open'],
    ['needs_analysis', 20, 'open'],
    ['proposal', 50, 'open'],
    ['negotiation', 75, 'open'],
    ['closed_won', 100, 'won'],
    ['closed_lost', 0, 'lost'],
  ]);
  const renamed = await hub.call('PATCH', `/pipelines/${first.id}/stages/proposal`, { body: { name: 'Angebot' } });
  expect(renamed.body.stages).toContainEqual(expect.objectContaining({ key: 'proposal', name: 'Angebot' }));
  expect(await hub.call('PATCH', `/pipelines/${first.id}/stages/proposal`, { body: { key: 'offer' } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/key', code: 'unknown_property' }] },
  });
});

it('refuses a pipeline without a kind of stage, with a key twice, with a name that is taken', async () => {
  const post = (body: object) => hub.call('POST', '/pipelines', { body });
  expect(await post({ name: 'A', stages: stages.slice(0, 3) })).toMatchObject({ status: 409, body: { code: 'stage_missing' } });
  expect(await post({ name: 'B', stages: [...stages, stages[0]] })).toMatchObject({
    status: 409,
    body: { code: 'stage_key_taken' },
  });
  expect(await post({ name: 'SALES', stages })).toMatchObject({ status: 409, body: { code: 'pipeline_name_taken' } });
  const uncertain = stages.map((stage) => (stage.kind === 'won' ? { ...stage, probability: 90 } : stage));
  expect(await post({ name: 'C', stages: uncertain })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/probability' }] },
  });
});

it('adds, edits and orders stages; deals follow the probability unless it was fixed by hand', async () => {
  const { id } = await aPipeline('Orders');
  const plain = await aDeal(hub, { pipelineId: id });
  const fixed = await aDeal(hub, { pipelineId: id, probability: 33 });
  const path = `/pipelines/${id}/stages`;
  expect(keysOf((await hub.call('POST', path, { body: { key: 'demo', name: 'Demo' } })).body)).toEqual([
    'lead',
    'offer',
    'won',
    'lost',
    'demo',
  ]);
  expect(keysOf((await hub.call('PATCH', `${path}/demo`, { body: { after: 'lead', name: 'Show' } })).body)).toEqual([
    'lead',
    'demo',
    'offer',
    'won',
    'lost',
  ]);
  expect(keysOf((await hub.call('PATCH', `${path}/offer`, { body: { after: null } })).body)[0]).toBe('offer');
  await hub.call('PATCH', `${path}/lead`, { body: { probability: 15 } });
  const probabilityOf = async (deal: { id: string }) => (await hub.call('GET', `/deals/${deal.id}`)).body.probability;
  expect([await probabilityOf(plain), await probabilityOf(fixed)]).toEqual([15, 33]);
  expect(await hub.call('PATCH', `${path}/nosuch`, { body: {} })).toMatchObject({
    status: 404,
    body: { code: 'stage_not_found' },
  });
  expect(await hub.call('PATCH', `${path}/lead`, { body: { kind: 'won' } })).toMatchObject({
    status: 409,
    body: { code: 'stage_holds_deals', deals: 2 },
  });
});

it('asks where the deals go of a stage that is deleted, and moves them with an event each', async () => {
  const { id } = await aPipeline('Leavers');
  const deal = await aDeal(hub, { pipelineId: id });
  const gone = await aDeal(hub, { pipelineId: id });
  await hub.call('DELETE', `/deals/${gone.id}`);
  const path = `/pipelines/${id}/stages/lead`;
  expect(await hub.call('DELETE', path)).toMatchObject({ status: 409, body: { code: 'stage_holds_deals', deals: 2 } });
  expect(await hub.call('DELETE', `${path}?moveDealsTo=won`)).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: 'query/moveDealsTo' }] },
  });
  expect(keysOf((await hub.call('DELETE', `${path}?moveDealsTo=offer`)).body)).toEqual(['offer', 'won', 'lost']);
  expect((await hub.call('GET', `/deals/${deal.id}`)).body).toMatchObject({ stage: 'offer', probability: 60, status: 'open' });
  expect((await logOf(hub, deal.id)).at(-1)).toMatchObject({ type: 'deal.stage_changed', data: { from: 'lead', to: 'offer' } });
  expect(await hub.call('DELETE', `/pipelines/${id}/stages/offer?moveDealsTo=won`)).toMatchObject({ status: 400 });
});

it('makes another pipeline the default one, and deletes one whose deals go to another, each as it is', async () => {
  const { id } = await aPipeline('Newer');
  const [sales] = (await hub.call('GET', '/pipelines')).body.data;
  expect(await hub.call('DELETE', `/pipelines/${sales.id}`)).toMatchObject({
    status: 409,
    body: { code: 'pipeline_is_default' },
  });
  expect((await hub.call('PATCH', `/pipelines/${id}`, { body: { isDefault: true } })).body.isDefault).toBe(true);
  expect((await aDeal(hub)).pipelineId).toBe(id);
  const [open, lost] = [
    await aDeal(hub, { pipelineId: sales.id, stage: 'proposal' }),
    await aDeal(hub, { pipelineId: sales.id }),
  ];
  await hub.call('POST', `/deals/${lost.id}/close`, { body: { status: 'lost', reason: 'Price' } });
  expect((await hub.call('DELETE', `/pipelines/${sales.id}`)).status).toBe(409);
  expect((await hub.call('DELETE', `/pipelines/${sales.id}?moveDealsTo=${id}`)).status).toBe(204);
  expect((await hub.call('GET', `/deals/${open.id}`)).body).toMatchObject({ pipelineId: id, stage: 'lead', status: 'open' });
  expect((await hub.call('GET', `/deals/${lost.id}`)).body).toMatchObject({
    pipelineId: id,
    stage: 'lost',
    status: 'lost',
    lostReason: 'Price',
  });
  expect((await hub.call('GET', `/pipelines/${sales.id}`)).status).toBe(404);
});

it('is for those who manage pipelines', async () => {
  const { id } = await aPipeline('Guarded');
  const rep = await hub.aRep();
  for (const [method, path, body] of [
    ['POST', '/pipelines', { name: 'X', stages }],
    ['DELETE', `/pipelines/${id}`, undefined],
    ['POST', `/pipelines/${id}/stages`, { key: 'x', name: 'X' }],
    ['PATCH', `/pipelines/${id}/stages/lead`, {}],
    ['DELETE', `/pipelines/${id}/stages/lead`, undefined],
  ] as const) {
    expect((await hub.call(method, path, { key: rep.key, ...(body ? { body } : {}) })).status, path).toBe(403);
    expect((await hub.call(method, path, { key: null, ...(body ? { body } : {}) })).status, path).toBe(401);
  }
});
