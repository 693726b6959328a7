import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aCompany } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const under = (id: string, parentId: string | null) => hub.call('PATCH', `/companies/${id}`, { body: { parentId } });

it('puts a company below another, shows that one, and lists those below it', async () => {
  const top = await aCompany(hub, { name: 'Top' });
  const below = await aCompany(hub, { parentId: top.id });
  expect((await hub.call('GET', `/companies/${below.id}?include=parent`)).body).toMatchObject({
    parentId: top.id,
    parent: { name: 'Top' },
  });
  expect((await hub.call('GET', `/companies?filter[parentId]=${top.id}`)).body.data).toMatchObject([{ id: below.id }]);
});

it('refuses a company below itself, at any depth, also over one that is deleted', async () => {
  const [a, b, c] = [await aCompany(hub), await aCompany(hub), await aCompany(hub)];
  await under(b.id, a.id);
  await under(c.id, b.id);
  const refused = { status: 400, body: { errors: [{ pointer: '/parentId', code: 'company_cycle' }] } };
  expect(await under(a.id, a.id)).toMatchObject(refused);
  expect(await under(a.id, c.id)).toMatchObject(refused);
  await hub.call('DELETE', `/companies/${b.id}`);
  expect(await under(a.id, c.id)).toMatchObject(refused);
});

it('refuses a parent that is deleted, missing or hidden, all alike', async () => {
  const gone = await aCompany(hub);
  await hub.call('DELETE', `/companies/${gone.id}`);
  const refused = {
    status: 400,
    body: { code: 'invalid_request', errors: [{ pointer: '/parentId', code: 'reference_not_found' }] },
  };
  const company = await aCompany(hub);
  for (const id of [gone.id, '0190a0a0-0000-7000-8000-000000000001']) {
    expect((await under(company.id, id)).body.errors).toMatchObject(refused.body.errors);
    expect((await hub.call('POST', '/companies', { body: { name: 'X', parentId: id } })).body.errors).toMatchObject(
      refused.body.errors,
    );
  }
});

it('never closes a circle, however many try at once', async () => {
  const made = await Promise.all(Array.from({ length: 6 }, () => aCompany(hub)));
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => under(made[n % 6].id, made[(n * 5 + 1 + Math.floor(n / 6)) % 6].id)),
  );
  expect(answers.filter(({ status }) => status !== 200 && status !== 400).map(({ body }) => body)).toEqual([]);
  const circles = await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`with recursive above as (
            select id as start, parent_id as at, 1 as depth from companies where parent_id is not null
            union all select start, c.parent_id, depth + 1 from above join companies c on c.id = above.at where c.parent_id is not null and depth < 20
          ) select start from above where at = start`,
    ),
  );
  expect(circles).toEqual([]);
});
