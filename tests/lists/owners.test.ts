import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { type Hub, type Person, startHub } from '../support/hub.ts';

let hub: Hub;
let rep: Person;
let colleagues: string[];
beforeAll(async () => {
  hub = await startHub({ consumers: [] });
  rep = await hub.aRep('Rep');
  const others = [];
  for (let n = 0; n < 19; n++) others.push(await hub.aRep(`Colleague ${n}`));
  colleagues = [rep.id, ...others.map(({ id }) => id)];
  await hub.call('PATCH', '/settings/access', { body: { repsReadTeamOnly: true } });
  const team = (await hub.call('POST', '/teams', { body: { name: 'Team' } })).body;
  await hub.deed((ctx) =>
    rowsOf(ctx, SQL`insert into team_members (team_id, user_id) select ${team.id}::uuid, unnest(${colleagues}::uuid[])`),
  );
});
afterAll(() => hub.stop());

/** 300 contacts of which the nth newest belongs to the `owners[n]`th colleague, or to nobody in the team. */
async function contactsOf(owners: (n: number) => number | undefined): Promise<void> {
  const of = Array.from({ length: 300 }, (_, n) => colleagues[owners(n) ?? -1] ?? hub.admin.id);
  await hub.deed(async (ctx) => {
    await rowsOf(ctx, SQL`delete from contacts`);
    await rowsOf(
      ctx,
      SQL`insert into contacts (id, first_name, last_name, owner_id, search_text, created_at, updated_at)
          select gen_random_uuid(), 'Nth', n::text, owner, '', now() - n * interval '1 minute', now()
          from unnest(${of}::uuid[]) with ordinality as given (owner, n)`,
    );
  });
}

it.each<[string, (n: number) => number | undefined]>([
  ['evenly', (n) => n % 20],
  ['by turns with others', (n) => (n % 3 === 0 ? n % 20 : undefined)],
  ['to one who made all the newest', (n) => (n < 90 ? 7 : n % 20)],
  ['to two, and a few to the rest', (n) => (n % 25 === 0 ? n % 20 : 3 + (n % 2))],
  ['to one alone', () => 11],
])('pages through the contacts of a team to whom they belong %s, each once and in order', async (_, owners) => {
  await contactsOf(owners);
  const expected = Array.from({ length: 300 }, (__, n) => n).filter((n) => owners(n) !== undefined);
  for (const limit of [50, 20, 200]) {
    const seen: number[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await hub.call('GET', `/contacts?limit=${limit}${cursor}`, { key: rep.key });
      seen.push(...body.data.map((one: { lastName: string }) => Number(one.lastName) - 1));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(seen, `by ${limit}`).toEqual(expected);
  }
});

it('gives the newest of the team each time, whatever came and went since the page was asked for before', async () => {
  await contactsOf((n) => (n % 21 === 20 ? undefined : n % 21));
  const page = async () =>
    (await hub.call('GET', '/contacts', { key: rep.key })).body.data.map((one: { lastName: string }) => one.lastName) as string[];
  /** By a plain look at all rows; the 21st, which is of somebody else, is shared with the rep. */
  const expected = async () => {
    const rows = await hub.deed((ctx) =>
      rowsOf<{ name: string }>(
        ctx,
        SQL`select last_name as name from contacts where deleted_at is null and (owner_id = any(${colleagues}::uuid[]) or last_name = '21')
            order by created_at desc, id desc limit 50`,
      ),
    );
    return rows.map(({ name }) => name);
  };
  const run = (text: string) => hub.deed((ctx) => rowsOf(ctx, SQL.raw(text)));
  expect(await page()).not.toContain('21');
  const [others] = await hub.deed((ctx) => rowsOf<{ id: string }>(ctx, SQL`select id from contacts where last_name = '21'`));
  await hub.call('POST', `/contacts/${others?.id}/shares`, { body: { userId: rep.id, access: 'read' } });
  expect(await page()).toContain('21');
  const steps: [string, string][] = [
    ['three of the newest are gone', "update contacts set deleted_at = now() where last_name in ('1', '2', '30')"],
    ['more than a page of the newest are gone', 'update contacts set deleted_at = now() where last_name::int <= 120'],
    ['one is newer than all', "update contacts set created_at = now() where last_name = '299'"],
    [
      'two hundred are newer',
      "update contacts set created_at = now() + last_name::int * interval '1 second' where last_name::int > 100",
    ],
    ['all but a few are gone', 'update contacts set deleted_at = now() where last_name::int > 130'],
    ['they are back', 'update contacts set deleted_at = null'],
    ['others have most of them', `update contacts set owner_id = '${hub.admin.id}' where last_name::int % 7 <> 0`],
  ];
  for (const [what, text] of steps) {
    await run(text);
    for (const time of ['first', 'second', 'third'])
      expect(await page(), `${what}, asked for the ${time} time`).toEqual(await expected());
  }
});
