import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ consumers: [] });
});
afterAll(() => hub.stop());

interface Company {
  id: string;
  name: string;
  version: number;
}

/** Makes, changes and deletes companies of its own until it is told to stop. */
async function write(stopped: () => boolean, name: string): Promise<void> {
  const mine: Company[] = [];
  for (let n = 0; !stopped(); n++) {
    if (n % 4 !== 3 || mine.length < 3) mine.push(await aCompany(hub, { name: `${name}-${n}` }));
    const [first] = mine;
    if (first && n % 3 === 0) await hub.call('PATCH', `/companies/${first.id}`, { body: { name: `${name}-${n} again` } });
    if (n % 5 === 4) await hub.call('DELETE', `/companies/${mine.shift()?.id}`);
  }
}

/** Reads the list by id, page by page, with the log's position before the first page. */
async function copy(): Promise<{ mirror: Map<string, Company>; asOf: string }> {
  const mirror = new Map<string, Company>();
  let asOf: string | undefined;
  for (let cursor = '', pages = 0; pages < 200; pages++) {
    const { body } = await hub.call('GET', `/companies?sort=id&limit=5${cursor && `&cursor=${cursor}`}`);
    asOf ??= body.asOf;
    for (const company of body.data) mirror.set(company.id, company);
    if (body.nextCursor === null) break;
    cursor = body.nextCursor;
  }
  return { mirror, asOf: asOf ?? '0' };
}

it('gives a mirror that reads the list by id and then the log from asOf what there is, under eight writers', async () => {
  for (let n = 0; n < 30; n++) await aCompany(hub);
  let stop = false;
  const writers = Array.from({ length: 8 }, (_, n) => write(() => stop, `writer ${n}`));
  const { mirror, asOf } = await copy();
  stop = true;
  await Promise.all(writers);
  const all = async () => (await hub.call('GET', '/companies?sort=id&limit=200')).body.data as Company[];
  const truth = new Map((await all()).map((company) => [company.id, company]));
  await eventually(async () => (await hub.call('GET', '/companies?sort=id&limit=1')).body.asOf === (await newest()));
  for (let after = asOf; ; ) {
    const { body } = await hub.call('GET', `/events?after=${after}&limit=100`);
    for (const { type, data } of body.data) {
      if (type === 'company.deleted') mirror.delete(data.companyId);
      else if (type.startsWith('company.')) {
        const { status, body: company } = await hub.call('GET', `/companies/${data.companyId}`);
        if (status === 200) mirror.set(company.id, company);
      }
    }
    if (body.nextCursor === after) break;
    after = body.nextCursor;
  }
  expect([...mirror.values()].sort(byId)).toEqual([...truth.values()].sort(byId));
});

const byId = (a: Company, b: Company) => (a.id < b.id ? -1 : 1);

/** The position of the newest event, once every event has one. */
async function newest(): Promise<string> {
  return hub.deed(async (ctx) => {
    const { rowOf } = await import('../../src/context.ts');
    const { SQL } = await import('../../src/database.ts');
    const row = await rowOf<{ position: string | null }>(
      ctx,
      SQL`select case when count(*) filter (where position is null) = 0 then max(position)::text end as position from events`,
    );
    return row?.position ?? 'not yet';
  });
}
