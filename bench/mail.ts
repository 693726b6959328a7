import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { openPorts } from '../bin/ports.ts';
import { startPostgres } from '../bin/stack/postgres.ts';
import { readConfig } from '../src/config.ts';
import { type Context, rootCause, rowOf, type Services, systemActor, transact } from '../src/context.ts';
import { migrate, openDatabase, SQL } from '../src/database.ts';
import { connectMailbox } from '../src/email/mailboxes.ts';
import { createUser } from '../src/identity/users.ts';
import { startRelay } from '../src/relay.ts';
import { createSecrets } from '../src/secrets.ts';
import { makeMailbox } from '../tests/support/mail-corpus.ts';
import { startDovecot, type TestDovecot } from '../tests/support/servers/dovecot.ts';
import { temporaryFolder } from '../tests/support/servers/place.ts';
import { eventually } from '../tests/support/wait.ts';
import { startMail } from '../workers/mail.ts';

const owner = 'olivia@throughline.example';
const arrivals = 20;
const system = { actor: systemActor, cause: rootCause({ kind: 'cli' }) };

/**
 * A generated mailbox from Dovecot into Postgres, with the sequencer running: messages per second beside a raw fetch of the same mailbox,
 * growth of this process, and how soon new mail is on the timeline. `BENCH_SCALE` shrinks or grows the mailbox (1 is 10,000 messages).
 */
export async function bench(report: (name: string, value: number | string, unit?: string) => void): Promise<void> {
  const count = Math.round(10_000 * Number(process.env.BENCH_SCALE ?? 1));
  const folder = temporaryFolder('bench');
  const log: Logger = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), log });
  const dovecot = await startDovecot({ [owner]: 'secret' });
  try {
    await fill(dovecot, count);
    const raw = await rawFetch(dovecot);
    await migrate(postgres.url);
    const hub = await startHub(postgres.url, log);
    const mailboxId = await connect(hub.services, dovecot);
    const { seconds, grownMiB, firstSeconds } = await importAll(hub.services, { mailboxId, count });
    report('messages', count);
    report('import', Math.round(count / seconds), 'messages/s');
    report('raw fetch', Math.round(raw), 'messages/s');
    report('import to raw fetch', Math.round((count / seconds / raw) * 1_000) / 1_000, 'ratio');
    report('first 100 visible', Math.round(firstSeconds * 1_000), 'ms');
    report('growth of the process', Math.round(grownMiB), 'MiB');
    const delays = await arrive(hub.services, dovecot);
    report('new mail visible p50', Math.round(delays[Math.floor(delays.length / 2)] ?? 0), 'ms');
    report('new mail visible p95', Math.round(delays[Math.floor(delays.length * 0.95)] ?? 0), 'ms');
    await hub.stop();
  } finally {
    await dovecot.stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(dovecot: TestDovecot, count: number): Promise<void> {
  const client = await dovecot.connect(owner);
  for (const { folder, source, date } of makeMailbox({ count, seed: 1, owner })) await client.append(folder, source, [], date);
  await client.logout();
}

/** The baseline: the same messages by ImapFlow in batches as ours, and nothing done with them. Messages per second. */
async function rawFetch(dovecot: TestDovecot): Promise<number> {
  const client = await dovecot.connect(owner);
  const started = performance.now();
  let fetched = 0;
  for (const path of ['INBOX', 'Sent']) {
    const { exists } = await client.mailboxOpen(path, { readOnly: true });
    for (let at = 1; at <= exists; at += 250) {
      fetched += (await client.fetchAll(`${at}:${Math.min(exists, at + 249)}`, { source: true, flags: true, internalDate: true }))
        .length;
    }
  }
  await client.logout();
  return fetched / ((performance.now() - started) / 1_000);
}

async function startHub(url: string, log: Logger) {
  const config = readConfig({ DATABASE_URL: url, ALLOW_PRIVATE_HOSTS: '127.0.0.0/8' });
  const db = await openDatabase({ url });
  const engines = { databaseUrl: url, redisUrl: undefined, temporal: { address: () => undefined, state: () => 'off' } };
  const open = openPorts({ config, engines, secrets: createSecrets([randomBytes(32).toString('base64')]), db, log });
  const services: Services = { db, config, log, now: () => new Date(), ports: open.ports };
  const relay = await startRelay(services, []);
  const mail = startMail(services);
  return {
    services,
    async stop() {
      await mail.stop();
      await relay.stop();
      await open.close();
      await db.close();
    },
  };
}

function connect(services: Services, dovecot: TestDovecot): Promise<string> {
  const server = {
    host: '127.0.0.1',
    port: dovecot.ports.imap,
    security: 'none' as const,
    auth: { type: 'password' as const, username: owner, password: 'secret' },
  };
  return transact(services, system, async (ctx) => {
    const user = await createUser(ctx, { name: 'Olivia', email: owner, password: 'correct horse battery', role: 'rep' });
    const mailbox = { address: owner, imap: server, smtp: server, visibility: 'metadata' as const, syncFrom: null };
    const mine = { ...ctx, actor: { ...systemActor, userId: user.id } };
    return connectMailbox(mine, { ...mailbox, createContacts: 'sent' });
  });
}

async function importAll(services: Services, { mailboxId, count }: { mailboxId: string; count: number }) {
  const before = process.memoryUsage.rss();
  const started = performance.now();
  let peak = before;
  let firstSeconds: number | undefined;
  const seen = (ctx: Context) =>
    rowOf<{ seen: number }>(ctx, SQL`select count(*)::int as seen from mail_ledger where mailbox_id = ${mailboxId}`);
  await eventually(
    async () => {
      peak = Math.max(peak, process.memoryUsage.rss());
      const row = await transact(services, system, seen);
      if ((row?.seen ?? 0) >= Math.min(100, count)) firstSeconds ??= (performance.now() - started) / 1_000;
      return row?.seen === count;
    },
    { timeoutMs: 300_000, intervalMs: 100 },
  );
  return {
    seconds: (performance.now() - started) / 1_000,
    grownMiB: (peak - before) / 1_048_576,
    firstSeconds: firstSeconds ?? 0,
  };
}

/** Milliseconds from the end of delivery until the activity of a new mail can be read, in order of length. */
async function arrive(services: Services, dovecot: TestDovecot): Promise<number[]> {
  const client = await dovecot.connect(owner);
  const delays: number[] = [];
  for (let at = 0; at < arrivals; at++) {
    const id = `arrival-${at}@acme.example`;
    const date = new Date().toUTCString().replace('GMT', '+0000');
    const head = `From: Anna <anna@acme.example>\r\nTo: ${owner}\r\nSubject: News ${at}\r\nDate: ${date}\r\nMessage-ID: <${id}>`;
    await client.append('INBOX', Buffer.from(`${head}\r\n\r\nHello\r\n`));
    const started = performance.now();
    await eventually(
      () => transact(services, system, (ctx) => rowOf(ctx, SQL`select 1 from messages where message_id = ${id}`)),
      { timeoutMs: 30_000, intervalMs: 10 },
    );
    delays.push(performance.now() - started);
  }
  await client.logout();
  return delays.sort((a, b) => a - b);
}
