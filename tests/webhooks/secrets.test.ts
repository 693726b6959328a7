import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { consumers } from '../../workers/relay.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';
import { startReceiver } from './receiver.ts';
import { aSource, deliver, processed } from './senders.ts';

let hub: Hub;
const lines: string[] = [];
beforeAll(async () => {
  hub = await startHub({
    jobs: {},
    consumers,
    config: { allowPrivateHosts: ['127.0.0.1'] },
    logTo: { write: (line) => void lines.push(line) },
  });
});
afterAll(() => hub.stop());

/** Every row of every table as text, those of the job queues too; bytes as hex. */
const wholeDatabase = () =>
  hub.deed(async (ctx) => {
    const tables = await rowsOf<{ name: string }>(
      ctx,
      SQL`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'bullmq')`,
    );
    const texts = await Promise.all(
      tables.map(({ name }) =>
        rowsOf<{ text: string }>(ctx, SQL`select coalesce(string_agg(t::text, E'\n'), '') as text from ${SQL.raw(name)} t`),
      ),
    );
    return texts.flat().map(({ text }) => text);
  });

it('shows a secret once, and leaves it in no row, event, job or line of the log', async () => {
  const receiver = await startReceiver();
  const given = `canary-${randomUUID()}`;
  const standard = await aSource(hub);
  const token = await hub.call('POST', '/webhook-sources', {
    body: { name: 'T', preset: 'token', mapping: '{ "skip": true }', secret: given },
    headers: { 'idempotency-key': 'once' },
  });
  expect(token.body.secret).toBe(given);
  const endpoint = await hub.call('POST', '/webhook-endpoints', { body: { url: receiver.url, eventTypes: ['contact.created'] } });
  const taken = await deliver(hub, standard, { email: 'sec@ret.example', item: 'x' });
  const byToken = await hub.call('POST', `//hooks/${token.body.id}`, { key: given, body: '{}', headers: { cookie: 'a=b' } });
  await hub.call('POST', `//hooks/${token.body.id}`, { key: `${given}x`, body: '{}' });
  for (const { body } of [taken, byToken]) await processed(hub, body.receiptId);
  await eventually(() => receiver.calls.length > 0);
  const rotated = await hub.call('POST', `/webhook-sources/${standard.id}/rotate-secret`);

  const secrets = [standard.secret, rotated.body.secret, given, endpoint.body.secret].map((secret: string) =>
    secret.replace(/^whsec_/, ''),
  );
  const rows = await wholeDatabase();
  expect(rows.join('').length).toBeGreaterThan(5_000);
  expect(lines.length).toBeGreaterThan(5);
  const answers = await Promise.all(
    [
      '/webhook-sources',
      '/webhook-endpoints',
      `/webhook-sources/${token.body.id}/receipts`,
      `/webhook-sources/${token.body.id}/rejections`,
      `/webhook-receipts/${byToken.body.receiptId}`,
      '/events?limit=1000',
    ].map(async (path) => JSON.stringify((await hub.call('GET', path)).body)),
  );
  for (const secret of secrets) {
    const forms = [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret, 'base64').toString('hex')];
    for (const form of forms) for (const text of [...rows, ...lines, ...answers]) expect(text.includes(form)).toBe(false);
  }
  await receiver.close();
});
