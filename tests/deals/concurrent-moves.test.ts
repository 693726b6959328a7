import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, aDeal, logOf } from '../support/factories.ts';
import { type Answer, type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

it('ends as the log says when moves meet a closing deal', async () => {
  for (let round = 0; round < 2; round++) {
    const deal = await aDeal(hub);
    const stages = ['needs_analysis', 'proposal', 'negotiation', 'closed_won', 'qualification'];
    const move = (n: number) =>
      hub.call('PATCH', `/deals/${deal.id}/stage`, { body: { stage: stages[n % stages.length] ?? '' } });
    const close = () => hub.call('POST', `/deals/${deal.id}/close`, { body: { status: 'lost' } });
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => (n === 25 ? close() : move(n))));
    expect(answers.map((answer) => answer.status).filter((status) => ![200, 409].includes(status))).toEqual([]);
    const events = (await logOf(hub, deal.id)).slice(1);
    let stage = 'qualification';
    for (const { data } of events) {
      expect(data.from).toBe(stage);
      stage = data.to;
    }
    const { body } = await hub.call('GET', `/deals/${deal.id}`);
    expect(body).toMatchObject({ stage, version: events.length + 1 });
    const { data: stays } = (await hub.call('GET', `/deals/${deal.id}/stage-history`)).body;
    const visits = stays.map((stay: { stage: string }) => stay.stage);
    expect(visits.sort()).toEqual(['qualification', ...events.map(({ data }) => data.to)].sort());
    expect(stays.filter((stay: { leftAt: string | null }) => stay.leftAt === null)).toMatchObject([{ stage }]);
  }
});

it('gives one of fifty people who make the same contact at once a 201, and the others its id', async () => {
  const body = { firstName: 'Same', email: 'same@crowd.example' };
  const answers = await Promise.all(Array.from({ length: 50 }, () => hub.call('POST', '/contacts', { body })));
  const made = answers.filter((answer) => answer.status === 201);
  expect(made).toHaveLength(1);
  const others = answers
    .filter((answer) => answer.status !== 201)
    .map(({ status, body: told }: Answer) => [status, told.existing?.id]);
  expect(others).toEqual(Array.from({ length: 49 }, () => [409, made[0]?.body.id]));
  expect((await hub.call('GET', '/contacts?filter[email]=SAME@crowd.example')).body.data).toHaveLength(1);
});

it('lets one of twenty edits of the same version through', async () => {
  const contact = await aContact(hub);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      hub.call('PATCH', `/contacts/${contact.id}`, { body: { city: `City ${n}` }, headers: { 'if-match': '"v1"' } }),
    ),
  );
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 412)]);
});
