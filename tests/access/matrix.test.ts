import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Hub, startHub } from '../support/hub.ts';
import { routes } from './matrix.cells.ts';
import { declaredPermissions } from './matrix.routes.ts';
import { type Caller, callers, type Row, records, type Which } from './matrix.words.ts';
import { type Around, changeOf, makeCallers, missingId, recordOf, upload } from './matrix.world.ts';

let hub: Hub;
let people: Record<Caller, Around>;
/** Permission of each route of the API, as it is declared. */
let declared: Map<string, string>;
beforeAll(async () => {
  declared = await declaredPermissions();
  hub = await startHub({ config: { allowPrivateHosts: ['127.0.0.1'] } });
  people = await makeCallers(hub);
});
afterAll(() => hub.stop());

it('has a line for every route, and none for a route that is not there', () => {
  expect(
    [...declared.keys()].filter((route) => routes[route] === undefined),
    'decide their cells in matrix.cells.ts',
  ).toEqual([]);
  expect(Object.keys(routes).filter((route) => !declared.has(route))).toEqual([]);
});

it('has a mark for every caller and record', () => {
  const faults = Object.entries(routes).filter(
    ([, { kind, marks }]) =>
      marks.length !== callers.length || marks.some((mark) => mark.length !== (kind === undefined ? 1 : records[kind].length)),
  );
  expect(faults.map(([route]) => route)).toEqual([]);
});

const called = Object.entries(routes).filter(([, row]) => row.uncalled === undefined);

async function ask(route: string, row: Row, { caller, which }: { caller: Caller; which?: Which }): Promise<Answer> {
  const around = people[caller];
  const [method = '', path = ''] = route.split(' ');
  const record = row.kind === undefined || which === undefined ? missingId : await recordOf(hub, row.kind, { which, around });
  const { field } = { field: undefined, ...row.body } as { field?: string | undefined }; // of history's rows, whose entry must be there
  const entry =
    field === undefined || record === missingId
      ? missingId
      : await changeOf(hub, path.split('/:')[0] ?? '', { id: record, field });
  const url = path.replace(/:\w+/, record).replace(':eventId', entry).replaceAll(/:\w+/g, missingId);
  const { query, ...content } = upload;
  if (row.upload) return hub.call(method, `${url}${query}`, { key: around.me.key, ...content });
  return hub.call(method, url, { key: around.me.key, ...(row.body === undefined ? {} : { body: row.body }) });
}

/** The mark that an answer earns. Whatever a caller who may can still do wrong counts as "may". */
function markOf({ status, body }: Answer, kind: string | undefined): string {
  if (status >= 500) return `${status}`;
  if (status === 401) return '401';
  if (body.code === 'session_needed') return 'o'; // said to their key; by their session they may
  if (status === 403) return body.permission === undefined ? '403 without permission' : 'x';
  const object = { unmade: '\\w+' }[kind ?? ''] ?? kind;
  return status === 404 && kind !== undefined && new RegExp(`^${object}_not_found$`).test(body.code) ? '-' : 'o';
}

describe.each(called)('%s', (route, row) => {
  it('gives every caller what is decided, and those without a key nothing', async () => {
    const [method = '', path = ''] = route.split(' ');
    const without = await hub.call(method, path.replaceAll(/:\w+/g, missingId), {
      key: null,
      ...(row.body && { body: row.body }),
    });
    if (declared.get(route) !== 'public') expect(without.status).toBe(401);
    for (const [n, caller] of callers.entries()) {
      const wanted = row.marks[n] ?? '';
      const kinds: readonly (Which | undefined)[] = row.kind === undefined ? [undefined] : records[row.kind];
      const answers: Answer[] = [];
      for (const which of kinds) answers.push(await ask(route, row, which === undefined ? { caller } : { caller, which }));
      expect(
        answers.map((answer) => markOf(answer, row.kind)).join(''),
        `${caller}: ${JSON.stringify(answers.map(({ body }) => body))}`,
      ).toBe(wanted);
      const plain = answers.filter((_, at) => wanted[at] === '-').map(({ body }) => JSON.stringify({ ...body, requestId: '' }));
      expect(new Set(plain).size, `${caller}: hidden and missing differ`).toBeLessThanOrEqual(1);
    }
  });
});
