import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aDeal, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const move = (id: string, body: object, headers = {}) => hub.call('PATCH', `/deals/${id}/stage`, { body, headers });
const typesOf = async (id: string) => (await logOf(hub, id)).map((event) => event.type);

it('starts in the first stage of the default pipeline with its probability', async () => {
  const deal = await aDeal(hub, { expectedCloseDate: '2027-01-31', currency: 'EUR' });
  expect(deal).toMatchObject({
    stage: 'qualification',
    status: 'open',
    probability: 10,
    amount: '1000.00',
    currency: 'EUR',
    expectedCloseDate: '2027-01-31',
    actualCloseDate: null,
    version: 1,
  });
});

it('moves between stages: probability, history, event and timeline move with it', async () => {
  const deal = await aDeal(hub);
  const moved = await move(deal.id, { stage: 'proposal' });
  expect(moved).toMatchObject({ status: 200, body: { stage: 'proposal', probability: 50, version: 2 } });
  expect((await logOf(hub, deal.id)).at(-1)).toMatchObject({
    type: 'deal.stage_changed',
    data: { from: 'qualification', to: 'proposal', contactId: deal.contactId },
  });
  const history = await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`select left_at is null as here, moved_by as by from deal_stage_history where deal_id = ${deal.id} order by entered_at`,
    ),
  );
  expect(history).toEqual([
    { here: false, by: hub.admin.id },
    { here: true, by: hub.admin.id },
  ]);
  const timeline = await hub.call('GET', `/deals/${deal.id}/timeline`);
  expect(timeline.body.data.map((entry: { type: string }) => entry.type)).toEqual(['deal_stage_changed', 'deal_created']);
  expect(timeline.body.data[0].subject).toBe('Moved from Qualification to Proposal');
});

it('closes a deal that moves to a won stage, and reopens one that moves back', async () => {
  const deal = await aDeal(hub);
  expect((await move(deal.id, { stage: 'closed_won', reason: 'price' })).body).toMatchObject({
    status: 'won',
    probability: 100,
    wonReason: 'price',
    actualCloseDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
  });
  expect((await move(deal.id, { stage: 'negotiation' })).body).toMatchObject({
    status: 'open',
    probability: 75,
    wonReason: null,
    actualCloseDate: null,
  });
  expect(await typesOf(deal.id)).toEqual(['deal.created', 'deal.closed', 'deal.reopened']);
});

it('closes once: a second close is a 409, and reopen starts it anew', async () => {
  const deal = await aDeal(hub);
  const close = () => hub.call('POST', `/deals/${deal.id}/close`, { body: { status: 'lost', reason: 'no budget' } });
  expect(await close()).toMatchObject({ status: 200, body: { stage: 'closed_lost', probability: 0, lostReason: 'no budget' } });
  expect(await close()).toMatchObject({ status: 409, body: { code: 'deal_closed' } });
  expect(await hub.call('POST', `/deals/${deal.id}/reopen`)).toMatchObject({ status: 200, body: { stage: 'qualification' } });
  expect(await hub.call('POST', `/deals/${deal.id}/reopen`)).toMatchObject({ status: 409, body: { code: 'deal_open' } });
});

it('keeps a probability that was fixed by hand while the deal is open', async () => {
  const deal = await aDeal(hub, { probability: 33 });
  expect((await move(deal.id, { stage: 'proposal' })).body.probability).toBe(33);
  expect((await move(deal.id, { stage: 'closed_won' })).body.probability).toBe(100);
  expect((await hub.call('PATCH', `/deals/${deal.id}`, { body: { probability: 5 } })).body).toMatchObject({
    code: 'invalid_request',
    errors: [{ pointer: '/probability', code: 'probability_of_closed_deal' }],
  });
  expect((await move(deal.id, { stage: 'proposal' })).body.probability).toBe(50);
  const won = { name: 'Won at once', stage: 'closed_won' };
  expect(await hub.call('POST', '/deals', { body: { ...won, probability: 5 } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/probability', code: 'probability_of_closed_deal' }] },
  });
  expect((await hub.call('POST', '/deals', { body: { ...won, probability: 100 } })).status).toBe(201);
});

it('has the probability of its stage again when the one that was fixed by hand is taken away', async () => {
  const deal = await aDeal(hub, { probability: 33 });
  const freed = await hub.call('PATCH', `/deals/${deal.id}`, { body: { probability: null } });
  expect(freed).toMatchObject({ status: 200, body: { probability: 10, version: 2 } });
  expect((await move(deal.id, { stage: 'proposal' })).body.probability).toBe(50);
  expect((await aDeal(hub, { probability: null })).probability).toBe(10);
});

it('names the field when the stage, the pipeline or a link leads nowhere', async () => {
  const deal = await aDeal(hub);
  const nowhere = '00000000-0000-7000-8000-000000000000';
  expect((await move(deal.id, { stage: 'limbo' })).body.errors).toMatchObject([{ pointer: '/stage' }]);
  for (const field of ['contactId', 'companyId', 'ownerId']) {
    expect((await hub.call('POST', '/deals', { body: { name: 'Lost', [field]: nowhere } })).body, field).toMatchObject({
      status: 400,
      errors: [{ pointer: `/${field}`, code: 'reference_not_found' }],
    });
  }
  expect((await hub.call('POST', '/deals', { body: { name: 'Lost', pipelineId: nowhere } })).body.errors).toMatchObject([
    { pointer: '/pipelineId' },
  ]);
});

it('refuses a move of a version that is not the newest', async () => {
  const deal = await aDeal(hub);
  await move(deal.id, { stage: 'proposal' });
  expect((await move(deal.id, { stage: 'negotiation' }, { 'if-match': '"v1"' })).status).toBe(412);
});

it('lets the database refuse a status that is not of the stage', async () => {
  const deal = await aDeal(hub);
  for (const wrong of ["status = 'won'", "probability = 50, status = 'lost'", "actual_close_date = '2026-01-01'"]) {
    await expect(hub.deed((ctx) => rowsOf(ctx, SQL`update deals set ${SQL.raw(wrong)} where id = ${deal.id}`))).rejects.toThrow(
      /constraint/,
    );
  }
});
