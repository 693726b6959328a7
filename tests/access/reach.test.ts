import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aCompany, aContact, aDeal, anActivity, aTask } from '../support/factories.ts';
import { type Hub, type Person, startHub } from '../support/hub.ts';

let hub: Hub;
let rep: Person;
let colleague: Person;
let stranger: Person;
let teamId: string;
beforeAll(async () => {
  hub = await startHub();
  [rep, colleague, stranger] = await Promise.all([hub.aRep('Rita'), hub.aRep('Carl'), hub.aRep('Sven')]);
  const parent = (await hub.call('POST', '/teams', { body: { name: 'North' } })).body.id;
  teamId = (await hub.call('POST', '/teams', { body: { name: 'Oslo', parentId: parent } })).body.id;
  for (const [team, user] of [
    [parent, rep],
    [teamId, colleague],
  ] as const)
    expect((await hub.call('PUT', `/teams/${team}/members/${user.id}`)).status).toBe(204);
  expect(await hub.call('PATCH', '/settings/access', { body: { repsReadTeamOnly: true } })).toMatchObject({ status: 200 });
});
afterAll(() => hub.stop());

const get = (path: string, person: Person) => hub.call('GET', path, { key: person.key });
const statusOf = async (path: string, person: Person) => (await get(path, person)).status;

describe('reps who read only what is their team’s', () => {
  it('see what those below them own, not what those above or elsewhere do, nor what nobody owns', async () => {
    const [mine, teams, others, nobodys] = await Promise.all([
      aContact(hub, { key: rep.key }),
      aContact(hub, { key: colleague.key }),
      aContact(hub, { key: stranger.key }),
      aContact(hub, { ownerId: null }),
    ]);
    const seen = async (person: Person) =>
      (await get('/contacts?limit=200', person)).body.data.map(({ id }: { id: string }) => id);
    expect(new Set(await seen(rep))).toEqual(new Set([mine.id, teams.id]));
    expect(await seen(colleague)).toEqual([teams.id]);
    expect(await statusOf(`/contacts/${teams.id}`, rep)).toBe(200);
    for (const hidden of [others, nobodys]) expect(await statusOf(`/contacts/${hidden.id}`, rep)).toBe(404);
  });

  it('get the same bytes for a hidden record as for a missing one, on each verb', async () => {
    const hidden = (await aDeal(hub, { key: stranger.key, contactId: null })).id;
    const missing = '00000000-0000-7000-8000-000000000000';
    for (const [method, path, body] of [
      ['GET', '/deals/:id'],
      ['PATCH', '/deals/:id', { name: 'x' }],
      ['DELETE', '/deals/:id'],
      ['PATCH', '/deals/:id/stage', { stage: 'proposal' }],
      ['POST', '/deals/:id/close', { status: 'won' }],
      ['POST', '/deals/:id/reopen'],
      ['GET', '/deals/:id/timeline'],
      ['GET', '/deals/:id/shares'],
      ['POST', '/deals/:id/shares', { userId: rep.id, access: 'read' }],
    ] as const) {
      const answers = await Promise.all(
        [hidden, missing].map((id) =>
          hub.call(method, path.replace(':id', id), { key: rep.key, ...(body === undefined ? {} : { body }) }),
        ),
      );
      const [one, other] = answers.map(({ status, body: problem }) => ({ status, ...problem, requestId: '' }));
      expect(one, `${method} ${path}`).toEqual(other);
      expect(one?.status, `${method} ${path}`).toBe(404);
    }
  });

  it('cannot point to what they may not see: it is not there', async () => {
    const [company, contact, deal] = await Promise.all([
      aCompany(hub, { key: stranger.key }),
      aContact(hub, { key: stranger.key }),
      aDeal(hub, { key: stranger.key, contactId: null }),
    ]);
    const missing = '00000000-0000-7000-8000-000000000000';
    for (const [path, body, field, id] of [
      ['/contacts', { firstName: 'x' }, 'companyId', company.id],
      ['/deals', { name: 'x' }, 'companyId', company.id],
      ['/deals', { name: 'x' }, 'contactId', contact.id],
      ['/tasks', { title: 'x' }, 'dealId', deal.id],
      ['/tasks', { title: 'x' }, 'contactId', contact.id],
      ['/activities', { type: 'note', subject: 'x' }, 'dealId', deal.id],
    ] as const) {
      const [hidden, none] = await Promise.all(
        [id, missing].map((to) => hub.call('POST', path, { key: rep.key, body: { ...body, [field]: to } })),
      );
      const plain = (answer: typeof hidden) => JSON.stringify({ ...answer?.body, requestId: '' }).replaceAll(id, missing);
      expect(hidden, `${path} ${field}`).toMatchObject({
        status: 400,
        body: { code: expect.stringMatching(/reference_not_found|invalid_request/) },
      });
      expect(plain(hidden)).toBe(plain(none));
    }
  });

  it('see an activity or a task by its record, or because it is theirs', async () => {
    const [ours, theirs] = await Promise.all([aContact(hub, { key: colleague.key }), aContact(hub, { key: stranger.key })]);
    const [onOurs, onTheirs, task, hiddenTask] = await Promise.all([
      anActivity(hub, { contactIds: [ours.id] }),
      anActivity(hub, { contactIds: [theirs.id] }),
      aTask(hub, { contactId: theirs.id, assignedTo: rep.id }),
      aTask(hub, { contactId: theirs.id, assignedTo: stranger.id }),
    ]);
    expect(await statusOf(`/activities/${onOurs.id}`, rep)).toBe(200);
    expect(await statusOf(`/activities/${onTheirs.id}`, rep)).toBe(404);
    expect(await statusOf(`/tasks/${task.id}`, rep)).toBe(200);
    expect(await statusOf(`/tasks/${hiddenTask.id}`, rep)).toBe(404);
    const entries = (await get('/activities?limit=200', rep)).body.data.map(({ id }: { id: string }) => id);
    expect(entries).toContain(onOurs.id);
    expect(entries).not.toContain(onTheirs.id);
  });

  it('are told of a taken address, and not by whom', async () => {
    const theirs = await aContact(hub, { key: stranger.key });
    const refused = await hub.call('POST', '/contacts', { key: rep.key, body: { email: theirs.email } });
    expect(refused).toMatchObject({ status: 409, body: { code: 'contact_email_taken', existing: null } });
    expect(JSON.stringify(refused.body)).not.toContain(theirs.id);
  });
});

it('pages through what they see, theirs and shared, in order and without a gap, also when filtered', async () => {
  const made: { id: string; createdAt: string }[] = [];
  for (const person of [rep, colleague, stranger, rep, stranger, colleague, stranger])
    made.push(await aContact(hub, { key: person.key, city: 'Paged' }));
  const shared = made[4]!;
  await hub.call('POST', `/contacts/${shared.id}/shares`, { key: stranger.key, body: { userId: rep.id, access: 'read' } });
  const wanted = [made[5]!, shared, made[3]!, made[1]!, made[0]!].map(({ id }) => id);
  const walk = async (query: string) => {
    const ids: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await get(`/contacts?limit=2&${query}${cursor}`, rep);
      ids.push(...body.data.map(({ id }: { id: string }) => id));
      if (body.nextCursor === null) return ids;
      cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
    }
  };
  expect(await walk('filter[city]=Paged')).toEqual(wanted);
  expect(await walk('filter[city]=Paged&sort=createdAt')).toEqual(wanted.toReversed());
  expect((await walk('')).filter((id) => wanted.includes(id))).toEqual(wanted);
  expect((await walk('sort=id')).filter((id) => wanted.includes(id))).toEqual(wanted.toReversed());
});

describe('a shared record', () => {
  it('is read, or edited, by whom it is shared with, and by nobody else; deleting it is not shared', async () => {
    const contact = await aContact(hub, { key: stranger.key });
    const share = (body: object) => hub.call('POST', `/contacts/${contact.id}/shares`, { key: stranger.key, body });
    const rename = () => hub.call('PATCH', `/contacts/${contact.id}`, { key: rep.key, body: { firstName: 'New' } });
    const rights = async (person: Person) => (await get(`/contacts/${contact.id}/rights`, person)).body;
    const { body: read } = await share({ userId: rep.id, access: 'read' });
    expect(await rights(rep)).toEqual({ edit: false, delete: false });
    expect(await statusOf(`/contacts/${contact.id}`, rep)).toBe(200);
    expect(await statusOf(`/contacts/${contact.id}`, colleague)).toBe(404);
    expect(await rename()).toMatchObject({ status: 403, body: { permission: 'contact:edit' } });
    expect(await share({ userId: rep.id, access: 'edit' })).toMatchObject({ status: 409, body: { code: 'already_shared' } });
    expect((await hub.call('DELETE', `/contacts/${contact.id}/shares/${read.id}`, { key: stranger.key })).status).toBe(204);
    expect(await statusOf(`/contacts/${contact.id}`, rep)).toBe(404);
    expect((await share({ userId: rep.id, access: 'edit' })).status).toBe(201);
    expect(await rename()).toMatchObject({ status: 200, body: { firstName: 'New' } });
    expect(await rights(rep)).toEqual({ edit: true, delete: false });
    expect(await rights(stranger)).toEqual({ edit: true, delete: true });
    expect(await hub.call('DELETE', `/contacts/${contact.id}`, { key: rep.key })).toMatchObject({
      status: 403,
      body: { permission: 'contact:delete' },
    });
  });

  it('shared with a team is seen by its members and those of the teams below', async () => {
    const deal = await aDeal(hub, { key: stranger.key, contactId: null });
    const north = (await hub.call('GET', '/teams')).body.data.find(({ name }: { name: string }) => name === 'North');
    const made = await hub.call('POST', `/deals/${deal.id}/shares`, {
      key: stranger.key,
      body: { teamId: north.id, access: 'read' },
    });
    expect(made).toMatchObject({ status: 201, body: { teamId: north.id, userId: null } });
    for (const person of [rep, colleague]) expect(await statusOf(`/deals/${deal.id}`, person)).toBe(200);
  });
});

it('the number of records is that of those who are seen, also when it is to be estimated', async () => {
  for (let n = 0; n < 12; n++) await aContact(hub, { key: stranger.key, city: 'Counted' });
  await aContact(hub, { key: rep.key, city: 'Counted' });
  await hub.deed((ctx) => rowsOf(ctx, SQL`analyze contacts`));
  const count = async (how: string) => (await get(`/contacts?filter[city]=Counted&count=${how}`, rep)).body.count;
  expect(await count('exact')).toBe(1);
  expect(await count('estimate')).toBe(1);
});

it('a shared record stays its owner’s: who may edit it by the share alone neither takes it over nor gives it away', async () => {
  const made = [
    ['contacts', await aContact(hub, { key: stranger.key })],
    ['companies', await aCompany(hub, { key: stranger.key })],
    ['deals', await aDeal(hub, { key: stranger.key, contactId: null })],
  ] as const;
  for (const [path, { id }] of made) {
    const as = (method: string, by: Person, body?: object) =>
      hub.call(method, `/${path}/${id}`, { key: by.key, ...(body && { body }) });
    const share = { userId: rep.id, access: 'edit' };
    expect((await hub.call('POST', `/${path}/${id}/shares`, { key: stranger.key, body: share })).status).toBe(201);
    expect((await as('PATCH', rep, { customFields: {}, ownerId: stranger.id })).status, path).toBe(403); // of whom they see nothing
    expect((await as('PATCH', rep, { ownerId: rep.id })).body.permission, path).toMatch(/:edit$/);
    expect((await as('DELETE', rep)).status, path).toBe(403);
    expect((await as('PATCH', hub.admin, { ownerId: rep.id })).status, path).toBe(200);
    expect((await as('DELETE', rep)).status, path).toBe(204);
  }
});

it('a stored answer is not given again of a record that is no longer seen', async () => {
  const headers = { 'idempotency-key': 'once' };
  const create = () => hub.call('POST', '/contacts', { key: rep.key, body: { firstName: 'Once' }, headers });
  const { body } = await create();
  expect(await create()).toMatchObject({ status: 201, body: { id: body.id } });
  await hub.call('PATCH', `/contacts/${body.id}`, { body: { ownerId: stranger.id } });
  expect(await create()).toMatchObject({ status: 404, body: { code: 'contact_not_found' } });
});

it('who leaves a team no longer sees what is the team’s, at once', async () => {
  const contact = await aContact(hub, { key: colleague.key });
  const { id: other } = (await hub.call('POST', '/teams', { body: { name: 'Bergen', parentId: null } })).body;
  await hub.call('PUT', `/teams/${other}/members/${stranger.id}`);
  expect(await statusOf(`/contacts/${contact.id}`, stranger)).toBe(404);
  await hub.call('PATCH', `/teams/${teamId}`, { body: { parentId: other } });
  expect(await statusOf(`/contacts/${contact.id}`, stranger)).toBe(200);
  await hub.call('DELETE', `/teams/${other}/members/${stranger.id}`);
  expect(await statusOf(`/contacts/${contact.id}`, stranger)).toBe(404);
});

it('refuses a team below itself', async () => {
  const [above, below] = await Promise.all(['A', 'B'].map((name) => hub.call('POST', '/teams', { body: { name } })));
  await hub.call('PATCH', `/teams/${below?.body.id}`, { body: { parentId: above?.body.id } });
  const refused = await hub.call('PATCH', `/teams/${above?.body.id}`, { body: { parentId: below?.body.id } });
  expect(refused.body.errors).toMatchObject([{ pointer: '/parentId', code: 'team_below_itself' }]);
  expect(await hub.call('DELETE', `/teams/${above?.body.id}`)).toMatchObject({ status: 409, body: { code: 'team_has_teams' } });
});
