import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { newId, rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { forgetExports } from '../../src/privacy/personal-exports.ts';
import { eraseNext } from '../../src/privacy/run-erasure.ts';
import { openQueues, type Queues } from '../../src/queues.ts';
import { startJobs } from '../../workers/jobs.ts';
import { aContact, aDeal, anActivity } from '../support/factories.ts';
import { type Hub, type Person, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
let queues: Queues;
beforeAll(async () => {
  hub = await startHub();
  queues = openQueues({ databaseUrl: hub.database.url, redisUrl: undefined, log: hub.services.log, holdSeconds: 3 });
});
afterAll(async () => {
  await queues.close();
  await hub.stop();
});

/** Has this process do the jobs until the test is over. */
async function startWorking(): Promise<void> {
  const services = { ...hub.services, ports: { ...hub.services.ports, queues } };
  const jobs = await startJobs(services, queues, { holdSeconds: 3 });
  onTestFinished(() => jobs.stop());
}

/** Keeps everybody from what webhooks brought, so that no export comes past it. Returns how to let go. */
async function holdReceipts(): Promise<() => Promise<unknown>> {
  const holder = new pg.Client({ connectionString: hub.database.url });
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('begin');
  await holder.query('lock table webhook_receipts in access exclusive mode');
  return () => holder.query('rollback');
}

const ask = async (contactId: string, key = hub.admin.key) =>
  (await hub.call('POST', `/contacts/${contactId}/exports`, { key })).body;
const stateOf = async (id: string): Promise<string> => (await hub.call('GET', `/personal-exports/${id}`)).body.state;
const countOf = async (statement: ReturnType<typeof SQL>): Promise<number> =>
  (await hub.deed((ctx) => rowsOf(ctx, statement))).length;
const isWaiting = async (): Promise<boolean> =>
  (await countOf(SQL`select 1 from pg_locks where relation = 'webhook_receipts'::regclass and not granted`)) > 0;
const jobsLeft = (id: string) => countOf(SQL`select 1 from jobs where key = ${`personal-export/${id}`}`);

/** An export that is done, and the hash of its content. */
async function aDone(contactId: string): Promise<{ id: string; sha256: string }> {
  const { id } = await ask(contactId);
  await eventually(async () => (await stateOf(id)) === 'done');
  const [row] = await hub.deed((ctx) =>
    rowsOf<{ sha256: string }>(ctx, SQL`select sha256 from personal_exports where id = ${id}`),
  );
  return { id, sha256: row?.sha256 ?? '' };
}

async function storedNow(): Promise<string[]> {
  const stored: string[] = [];
  for await (const sha256 of hub.services.ports.files.list(new Date(Date.now() + 60_000))) stored.push(sha256);
  return stored;
}

it('is made once by another worker when its own is killed in the middle', async () => {
  const contact = await aContact(hub);
  const { id } = await ask(contact.id);
  const letGo = await holdReceipts();
  const worker = fileURLToPath(new URL('../bulk/bulk-worker.ts', import.meta.url));
  const child = spawn(process.execPath, [worker, hub.database.url, '', hub.filesFolder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await eventually(isWaiting, { timeoutMs: 60_000 });
  expect(await stateOf(id)).toBe('running');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await letGo();
  expect(await stateOf(id)).toBe('running');
  await startWorking();
  await eventually(async () => (await stateOf(id)) === 'done', { timeoutMs: 60_000 });
  expect(await countOf(SQL`select 1 from events where type = 'export.made' and record_id = ${id}`)).toBe(1);
  const { body, status } = await hub.call('GET', `/personal-exports/${id}/file`);
  expect(status).toBe(200);
  expect(String(body)).toContain('contact.json');
});

it('is the same export while it is under way, and keeps nothing when it is cancelled', async () => {
  const contact = await aContact(hub);
  const { id } = await ask(contact.id);
  expect((await ask(contact.id)).id).toBe(id);
  const before = await storedNow();
  const letGo = await holdReceipts();
  await startWorking();
  await eventually(isWaiting);
  expect(await hub.call('GET', `/personal-exports/${id}/file`)).toMatchObject({ status: 409, body: { code: 'export_not_done' } });
  expect(await hub.call('POST', `/personal-exports/${id}/cancel`)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
  await letGo();
  await eventually(async () => (await jobsLeft(id)) === 0);
  expect(await stateOf(id)).toBe('cancelled');
  expect(await storedNow()).toEqual(before);
  expect(await hub.call('POST', `/personal-exports/${id}/cancel`)).toMatchObject({ status: 409, body: { code: 'export_over' } });
  const types = await hub.deed((ctx) =>
    rowsOf<{ type: string }>(ctx, SQL`select type from events where record_id = ${id} order by seq`),
  );
  expect(types.map(({ type }) => type)).toEqual(['export.requested', 'export.cancelled']);
});

it('is of whoever asked alone: to others, and once the contact is hidden from them, there is none', async () => {
  const contact = await aContact(hub);
  await startWorking();
  const { id } = await aDone(contact.id);
  const manager = await hub.aUser('manager');
  const paths = [
    ['GET', ''],
    ['GET', '/file'],
    ['POST', '/cancel'],
  ] as const;
  const answers = async ({ key }: Pick<Person, 'key'>, of: string) =>
    Promise.all(
      paths.map(async ([method, end]) => {
        const { status, body } = await hub.call(method, `/personal-exports/${of}${end}`, { key });
        return { status, body: { ...body, instance: null, requestId: null } };
      }),
    );
  const missing = await answers(hub.admin, newId());
  expect(missing.map(({ status }) => status)).toEqual([404, 404, 404]);
  expect(await answers(manager, id)).toEqual(missing);
  expect((await hub.call('GET', `/contacts/${contact.id}/exports`, { key: manager.key })).body.data).toEqual([]);
  await hub.call('DELETE', `/contacts/${contact.id}`);
  expect(await answers(hub.admin, id)).toEqual(missing);
});

it('is not handed out to one who may export no more, nor made for them', async () => {
  const contact = await aContact(hub);
  const [one, other] = [await hub.aUser('manager'), await hub.aUser('manager')];
  const demote = ({ id }: Person) => hub.call('PATCH', `/users/${id}`, { body: { role: 'rep' } });
  const [first, second] = [await ask(contact.id, one.key), await ask(contact.id, other.key)];
  expect((await demote(other)).status).toBe(200);
  await startWorking();
  await eventually(async () => (await hub.call('GET', `/personal-exports/${first.id}`, { key: one.key })).body.state === 'done');
  await eventually(async () => (await jobsLeft(second.id)) === 0);
  const [failed] = await hub.deed((ctx) => rowsOf(ctx, SQL`select state, sha256 from personal_exports where id = ${second.id}`));
  expect(failed).toEqual({ state: 'failed', sha256: null });
  expect((await demote(one)).status).toBe(200);
  expect(await hub.call('GET', `/personal-exports/${first.id}/file`, { key: one.key })).toMatchObject({
    status: 403,
    body: { permission: 'export' },
  });
});

it('is gone at once with the person when they are erased, and its content when the erasure is over', async () => {
  const contact = await aContact(hub);
  await startWorking();
  const { id, sha256 } = await aDone(contact.id);
  expect(await hub.services.ports.files.has(sha256)).toBe(true);
  const { body: erasure } = await hub.call('POST', `/contacts/${contact.id}/erase`, { body: { confirm: true } });
  expect((await hub.call('GET', `/personal-exports/${id}/file`)).status).toBe(404);
  while (!(await hub.deed((ctx) => eraseNext(ctx, erasure.id))).over);
  expect(await hub.services.ports.files.has(sha256)).toBe(false);
});

it('is gone also when it may speak of somebody who is erased: of a call, or of a deal, with them', async () => {
  const [erased, caller, partner, other] = await Promise.all([1, 2, 3, 4].map(() => aContact(hub)));
  await anActivity(hub, { contactIds: [erased.id, caller.id] });
  const deal = await aDeal(hub, { contactId: erased.id });
  await hub.call('PUT', `/deals/${deal.id}/contacts/${partner.id}`, { body: { role: 'Buyer' } });
  await startWorking();
  const [ofCaller, ofPartner, ofOther] = [await aDone(caller.id), await aDone(partner.id), await aDone(other.id)];
  const { body: erasure } = await hub.call('POST', `/contacts/${erased.id}/erase`, { body: { confirm: true } });
  while (!(await hub.deed((ctx) => eraseNext(ctx, erasure.id))).over);
  const files = await Promise.all([ofCaller, ofPartner, ofOther].map(({ sha256 }) => hub.services.ports.files.has(sha256)));
  expect(files).toEqual([false, false, true]);
  expect((await hub.call('GET', `/personal-exports/${ofCaller.id}`)).status).toBe(404);
  expect(await stateOf(ofOther.id)).toBe('done');
});

it('keeps nothing of an export that is under way when its person is erased', async () => {
  const contact = await aContact(hub);
  const { id } = await ask(contact.id);
  const before = await storedNow();
  const letGo = await holdReceipts();
  await startWorking();
  await eventually(isWaiting);
  expect((await hub.call('POST', `/contacts/${contact.id}/erase`, { body: { confirm: true } })).status).toBe(202);
  await letGo();
  await eventually(async () => (await jobsLeft(id)) === 0);
  expect(await storedNow()).toEqual(before);
  expect((await hub.call('GET', `/personal-exports/${id}`)).status).toBe(404);
});

it('is removed with its content after seven days', async () => {
  const contact = await aContact(hub);
  await startWorking();
  const [old, young] = [await aDone(contact.id), await aDone(contact.id)];
  await hub.deed((ctx) =>
    rowsOf(ctx, SQL`update personal_exports set finished_at = now() - interval '7 days 1 minute' where id = ${old.id}`),
  );
  await forgetExports(hub.services);
  expect((await hub.call('GET', `/personal-exports/${old.id}`)).status).toBe(404);
  expect(await stateOf(young.id)).toBe('done');
  const { files } = hub.services.ports;
  expect([await files.has(old.sha256), await files.has(young.sha256)]).toEqual([false, true]);
});
