import { readdirSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { openFiles } from '../../bin/files.ts';
import { readConfig } from '../../src/config.ts';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { forgetExports } from '../../src/privacy/personal-exports.ts';
import { openQueues } from '../../src/queues.ts';
import { startJobs } from '../../workers/jobs.ts';
import { temporaryFolder } from '../files/folder.ts';
import { aContact } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { startRedis } from '../support/servers/redis.ts';
import { startS3 } from '../support/servers/s3.ts';
import { eventually } from '../support/wait.ts';

const ask = async (hub: Hub, contactId: string): Promise<string> =>
  (await hub.call('POST', `/contacts/${contactId}/exports`)).body.id;
const stateOf = async (hub: Hub, id: string): Promise<string> => (await hub.call('GET', `/personal-exports/${id}`)).body.state;

const authorised = ({ admin }: Hub) => ({ authorization: `Bearer ${admin.key}` });

it('is kept in an S3 store, whole, with the files that lie there, and taken out of it when its time is over', async () => {
  const s3 = await startS3();
  onTestFinished(() => s3.stop());
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const store = openFiles(readConfig({ STORAGE_URL: s3.url, DATA_DIR: folder.path }));
  onTestFinished(() => store.close());
  const hub = await startHub({ ports: { files: store.files }, jobs: {} });
  onTestFinished(() => hub.stop());
  const contact = await aContact(hub);
  const content = 'x'.repeat(200_000);
  const upload = { payload: content, headers: { 'content-type': 'text/plain', ...authorised(hub) } };
  await hub.app.inject({ method: 'POST', url: `/api/v1/contacts/${contact.id}/files?name=long.txt`, ...upload });
  const before = readdirSync(s3.bucket, { recursive: true });
  const id = await ask(hub, contact.id);
  await eventually(async () => (await stateOf(hub, id)) === 'done');
  expect(readdirSync(s3.bucket, { recursive: true }).length).toBeGreaterThan(before.length);
  const answer = await hub.app.inject({ url: `/api/v1/personal-exports/${id}/file`, headers: authorised(hub) });
  expect(answer.statusCode).toBe(200);
  const files = Object.entries(unzipSync(new Uint8Array(answer.rawPayload)));
  expect(files.find(([name]) => name.endsWith('long.txt'))?.[1]).toHaveLength(content.length);
  const [, written] = files.find(([name]) => name === 'contact.json') ?? [];
  expect(JSON.parse(strFromU8(written ?? new Uint8Array()))).toMatchObject({ id: contact.id });

  await hub.deed((ctx) => rowsOf(ctx, SQL`update personal_exports set finished_at = now() - interval '8 days'`));
  await forgetExports(hub.services);
  expect(readdirSync(s3.bucket, { recursive: true })).toEqual(before);
});

it('is made to its end while Redis is killed, and one that is asked for meanwhile as soon as there is another', async () => {
  let redis = await startRedis();
  onTestFinished(() => redis.stop()); // after what waits for it
  const hub = await startHub();
  onTestFinished(() => hub.stop());
  const queues = openQueues({ databaseUrl: hub.database.url, redisUrl: redis.url, log: hub.services.log, holdSeconds: 3 });
  onTestFinished(() => queues.close());
  const services = { ...hub.services, ports: { ...hub.services.ports, queues } };
  const jobs = await startJobs(services, queues, { holdSeconds: 3 });
  onTestFinished(() => jobs.stop());
  const [one, other] = [await aContact(hub), await aContact(hub)];
  // No export comes past what webhooks brought while somebody holds it.
  const holder = new pg.Client({ connectionString: hub.database.url });
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('begin');
  await holder.query('lock table webhook_receipts in access exclusive mode');
  const first = await ask(hub, one.id);
  await eventually(async () => (await stateOf(hub, first)) === 'running');
  process.kill(redis.pid, 'SIGKILL');
  const second = await ask(hub, other.id); // its wake-up is lost; whoever is at the first goes on with it
  await holder.query('rollback');
  for (const id of [first, second]) await eventually(async () => (await stateOf(hub, id)) === 'done', { timeoutMs: 60_000 });
  const third = await ask(hub, one.id);
  await redis.stop();
  redis = await startRedis({ port: Number(new URL(redis.url).port) });
  await eventually(async () => (await stateOf(hub, third)) === 'done', { timeoutMs: 60_000 });
  const made = await hub.deed((ctx) =>
    rowsOf<{ id: string }>(ctx, SQL`select record_id as id from events where type = 'export.made' order by seq`),
  );
  expect(made.map(({ id }) => id)).toEqual([first, second, third]);
  expect(await hub.deed((ctx) => rowsOf(ctx, SQL`select 1 from jobs where key like 'personal-export/%'`))).toEqual([]);
});
