import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createSecrets } from '../../src/secrets.ts';
import { startMail } from '../../workers/mail.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { makeMailbox } from '../support/mail-corpus.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { startPostfix, type TestPostfix } from '../support/servers/postfix.ts';
import { eventually } from '../support/wait.ts';
import { connectMailbox, mailboxBody, rows, untilImported } from './mailing.ts';

const OWNER = 'olivia@throughline.example';
const SENDER = 'sender@throughline.example';
const ANNA = 'anna@throughline.example';
const COUNT = 1_500;
const key = randomBytes(32).toString('base64');
let hub: Hub;
let dovecot: TestDovecot;
let postfix: TestPostfix;
let child: ChildProcess | undefined;

beforeAll(async () => {
  dovecot = await startDovecot({ [OWNER]: 'secret', [SENDER]: 'secret', [ANNA]: 'secret' });
  postfix = await startPostfix({ domains: ['throughline.example'], dovecot });
  hub = await startHub({ consumers: [], ports: { secrets: createSecrets([key]) } });
});
afterEach(() => child?.kill('SIGKILL'));
afterAll(async () => {
  await hub?.stop();
  await postfix?.stop();
  await dovecot?.stop();
});

function start(roles: string): ChildProcess {
  const env = {
    ...process.env,
    DATABASE_URL: hub.database.url,
    SECRET_KEYS: key,
    ROLES: roles,
    ALLOW_PRIVATE_HOSTS: '127.0.0.0/8',
  };
  child = fork(join(import.meta.dirname, 'mail-child.ts'), { env, execArgv: [] });
  return child;
}

async function kill(running: ChildProcess): Promise<void> {
  running.kill('SIGKILL');
  await once(running, 'exit');
}

it('an import that is killed again and again has every message once in the end, and another process goes on by itself', async () => {
  const corpus = [...makeMailbox({ count: COUNT, seed: 11, owner: OWNER })];
  for (const folder of ['INBOX', 'Sent'] as const) {
    await dovecot.import(
      OWNER,
      corpus.filter((message) => message.folder === folder).map(({ source }) => source),
      { folder },
    );
  }
  const { id } = (await connectMailbox(hub, mailboxBody(dovecot, OWNER))).body;
  const seen = async () => Number((await rows(hub, 'select count(*) as n from mail_ledger'))[0].n);
  for (const wanted of [1, 300, 700]) {
    const running = start('mail');
    await eventually(async () => (await seen()) >= wanted, { intervalMs: 5 });
    await kill(running);
    expect(await seen()).toBeLessThan(COUNT);
  }
  const atKill = await seen();
  const mail = startMail(hub.services);
  try {
    await eventually(async () => (await seen()) > atKill);
    const mailbox = await untilImported(hub, id);
    expect(mailbox.import).toMatchObject({ found: COUNT, progress: 1 });
  } finally {
    await mail.stop();
  }
  const [proof] = await rows(
    hub,
    `select (select count(*) from mail_ledger)::int as ledger, (select count(*) from messages)::int as messages,
       (select count(distinct identity) from messages)::int as identities,
       (select count(*) from activities where source = 'email')::int as activities,
       (select count(distinct message_id) from activities where source = 'email')::int as logged,
       (select count(*) from mail_ledger where message_id is null and outcome <> 'quarantined')::int as lost,
       (select count(*) from mail_ledger l where outcome = 'logged' and not exists (select 1 from activities a where a.message_id = l.message_id))::int as unlogged`,
  );
  expect(proof).toMatchObject({ ledger: COUNT, lost: 0, unlogged: 0, activities: proof.logged, messages: proof.identities });
});

/** Passes everything on to Postfix, but swallows its answer to the message's end, and tells so. */
async function swallowingProxy(target: number, onAccepted: () => void) {
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    const upstream = dial(target, '127.0.0.1');
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.pipe(upstream);
    upstream.on('data', (data: Buffer) => {
      if (/^250 2\.0\.0 .*queued/m.test(data.toString())) onAccepted();
      else client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

it('a worker that is killed after the server took a message does not send it twice: it is shown as in doubt', async () => {
  const accepted = Promise.withResolvers<void>();
  const proxy = await swallowingProxy(postfix.ports.submission, accepted.resolve);
  const auth = { type: 'password', username: SENDER, password: 'secret' };
  const smtp = { host: '127.0.0.1', port: proxy.port, security: 'none', auth };
  const { id } = (await connectMailbox(hub, mailboxBody(dovecot, SENDER, { smtp }))).body;
  const sent = await hub.call('POST', '/messages', { body: { mailboxId: id, to: [ANNA], subject: 'Once', text: 'Only once' } });
  expect(sent.status).toBe(201);
  const first = start('jobs');
  await accepted.promise;
  await kill(first);
  proxy.close();
  await rows(hub, "update jobs set held_until = now() - interval '1 second', run_at = now() - interval '1 minute'");
  const second = start('jobs');
  const message = await eventually(async () => {
    const { body } = await hub.call('GET', `/messages/${sent.body.id}`);
    return (
      body.send.state === 'in_doubt' && (await rows(hub, "select 1 from jobs where queue = 'mail-send'")).length === 0 && body
    );
  });
  expect(message.send.error).toContain('ended before the answer');
  await kill(second);
  const client = await dovecot.connect(ANNA);
  const delivered = await eventually(async () => {
    await client.mailboxOpen('INBOX');
    return (await client.search({ all: true }, { uid: true })) || [];
  });
  expect(delivered).toHaveLength(1);
  await client.logout();
});
