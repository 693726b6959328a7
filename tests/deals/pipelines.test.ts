import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, aDeal, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
let pipelineId: string;
beforeAll(async () => {
  hub = await startHub();
  pipelineId = (await hub.call('GET', '/pipelines')).body.data[0].id;
});
afterAll(() => hub.stop());

const nowhere = '00000000-0000-7000-8000-000000000000';
const patch = (body: object, more = {}) => hub.call('PATCH', `/pipelines/${pipelineId}`, { body, ...more });

it('adds up deals per stage, month and currency, never over currencies, and no lost deal is in the forecast', async () => {
  const { id: contactId } = await aContact(hub);
  const deal = (values: object) => aDeal(hub, { contactId, ...values });
  await deal({ amount: '1000.00', currency: 'EUR', stage: 'proposal', expectedCloseDate: '2027-01-31' });
  await deal({ amount: '500.50', currency: 'EUR', stage: 'proposal', expectedCloseDate: '2027-01-01' });
  await deal({ amount: '300.00', currency: 'USD', stage: 'proposal', expectedCloseDate: '2027-02-01' });
  await deal({ amount: null, currency: 'USD', stage: 'proposal' });
  await deal({ amount: '70.00', currency: 'USD', stage: 'closed_lost', expectedCloseDate: '2027-01-01' });
  const deleted = await deal({ amount: '9.00', currency: 'USD', stage: 'proposal' });
  await hub.call('DELETE', `/deals/${deleted.id}`);
  expect((await hub.call('GET', `/pipelines/${pipelineId}/summary`)).body).toEqual({
    stages: [
      { stage: 'proposal', currency: 'EUR', count: 2, amount: '1500.50', weighted: '750.25' },
      { stage: 'proposal', currency: 'USD', count: 2, amount: '300.00', weighted: '150.00' },
      { stage: 'closed_lost', currency: 'USD', count: 1, amount: '70.00', weighted: '0.00' },
    ],
    forecast: [
      { month: '2027-01', currency: 'EUR', count: 2, amount: '1500.50', weighted: '750.25' },
      { month: '2027-02', currency: 'USD', count: 1, amount: '300.00', weighted: '150.00' },
      { month: null, currency: 'USD', count: 1, amount: '0.00', weighted: '0.00' },
    ],
  });
  expect((await hub.call('GET', `/pipelines/${nowhere}/summary`)).status).toBe(404);
});

it('tells which stages a deal was in, when it left each, and who moved it', async () => {
  const deal = await aDeal(hub);
  const moved = await hub.call('PATCH', `/deals/${deal.id}/stage`, { body: { stage: 'proposal' } });
  const common = { pipelineId, movedBy: hub.admin.id };
  expect((await hub.call('GET', `/deals/${deal.id}/stage-history`)).body.data).toEqual([
    {
      ...common,
      stage: 'qualification',
      stageName: 'Qualification',
      enteredAt: deal.stageEnteredAt,
      leftAt: moved.body.stageEnteredAt,
    },
    { ...common, stage: 'proposal', stageName: 'Proposal', enteredAt: moved.body.stageEnteredAt, leftAt: null },
  ]);
  expect((await hub.call('GET', `/deals/${nowhere}/stage-history`)).status).toBe(404);
});

it('asks for a reason of the list where the pipeline says so, whichever way the deal closes', async () => {
  const { body } = await patch({ lostReasons: ['Price', 'Timing'], lostReasonRequired: true });
  expect(body).toMatchObject({ lostReasons: ['Price', 'Timing'], lostReasonRequired: true, wonReasons: [], version: 2 });
  const deal = await aDeal(hub);
  const ways = [
    (reason?: string) => hub.call('POST', `/deals/${deal.id}/close`, { body: { status: 'lost', reason } }),
    (reason?: string) => hub.call('PATCH', `/deals/${deal.id}/stage`, { body: { stage: 'closed_lost', reason } }),
    (reason?: string) => hub.call('POST', '/deals', { body: { name: 'Lost', stage: 'closed_lost', reason } }),
  ];
  for (const close of ways) {
    expect(await close()).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/reason', code: 'reason_required', message: expect.stringContaining('Price, Timing') }] },
    });
    expect((await close('Weather')).body.errors).toMatchObject([{ pointer: '/reason', code: 'unknown_reason' }]);
  }
  expect((await hub.call('GET', `/deals/${deal.id}`)).body).toMatchObject({ status: 'open', version: 1 });
  for (const close of ways) {
    expect((await close('Price')).body).toMatchObject({ status: 'lost', lostReason: 'Price' });
    if (close !== ways[2]) await hub.call('POST', `/deals/${deal.id}/reopen`);
  }
  const won = await hub.call('POST', `/deals/${deal.id}/close`, { body: { status: 'won' } });
  expect(won).toMatchObject({ status: 200, body: { wonReason: null } });
  expect((await logOf(hub, pipelineId)).at(-1)).toMatchObject({
    type: 'pipeline.updated',
    data: { changes: { lostReasonRequired: { from: false, to: true }, lostReasons: { from: [], to: ['Price', 'Timing'] } } },
  });
});

it('refuses what is no edit of a pipeline, a stale one, and one by somebody who may not', async () => {
  const rep = await hub.aRep();
  expect(await patch({ lostReasons: ['Price', 'price'] })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/lostReasons' }] },
  });
  expect((await patch({ name: '' })).body.errors).toMatchObject([{ pointer: '/name' }]);
  expect((await patch({ name: 'Late' }, { headers: { 'if-match': '"v1"' } })).status).toBe(412);
  expect(await patch({ name: 'Mine' }, { key: rep.key })).toMatchObject({ status: 403 });
  expect((await patch({ name: 'Mine' }, { key: null })).status).toBe(401);
  expect((await hub.call('PATCH', `/pipelines/${nowhere}`, { body: { name: 'None' } })).status).toBe(404);
  expect((await hub.call('GET', `/pipelines/${pipelineId}`, { key: rep.key })).body).toMatchObject({ name: 'Sales' });
});
