import { afterAll, beforeAll, expect, it } from 'vitest';
import { aDeal } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

it('leaves no deal in a stage that is deleted while deals are made in it and moved into it', async () => {
  const { id } = (await hub.call('GET', '/pipelines')).body.data[0];
  for (let round = 0; round < 3; round++) {
    const key = `extra_${round}`;
    await hub.call('POST', `/pipelines/${id}/stages`, { body: { key, name: 'Extra', kind: 'open' } });
    const deals = await Promise.all(Array.from({ length: 10 }, () => aDeal(hub, { contactId: null })));
    const moves = deals.map((deal) => hub.call('PATCH', `/deals/${deal.id}/stage`, { body: { stage: key } }));
    const made = Array.from({ length: 10 }, () => hub.call('POST', '/deals', { body: { name: 'New', stage: key } }));
    const removal = hub.call('DELETE', `/pipelines/${id}/stages/${key}?moveDealsTo=proposal`);
    const answers = await Promise.all([...moves, ...made]);
    expect((await removal).status).toBe(200);
    expect(answers.map(({ status }) => status).filter((status) => ![200, 201, 400].includes(status))).toEqual([]);
    for (const { body } of answers.filter(({ status }) => status === 400)) expect(body.code).toBe('stage_not_found');
    expect((await hub.call('GET', `/deals?filter[stage]=${key}`)).body.data).toEqual([]);
  }
});
