import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { benchPostgres } from '../../bench/servers/postgres.ts';
import { freePort } from '../../bin/stack/process.ts';
import { type Command, throughline } from '../support/process.ts';
import { eventually } from '../support/wait.ts';

/**
 * `npm run chaos [seconds] [seed]`: the roles in processes of their own, writes without pause, and a kill -9 of one of them at every turn.
 * Afterwards every acknowledged write is there once, every event has its delivery once, and every delivery has arrived.
 */
const seconds = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 1e6));
console.log(`chaos for ${seconds} s with seed ${seed}`);

const random = lehmer(seed);
const postgres = await benchPostgres();
const arrived = new Map<string, number>();
const receiver = createServer((req, res) => {
  const id = String(req.headers['webhook-id']);
  arrived.set(id, (arrived.get(id) ?? 0) + 1);
  req.resume();
  res.writeHead(random() < 0.1 ? 500 : 204).end();
});
await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));

const port = await freePort();
const env = {
  DATABASE_URL: postgres.url,
  PUBLIC_URL: `http://127.0.0.1:${port}`,
  SECRET_KEYS: randomBytes(32).toString('base64'),
  ALLOW_PRIVATE_HOSTS: '127.0.0.0/8',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'error',
};
const processes = ['api', 'relay', 'relay', 'jobs', 'jobs'].map((role) => ({ role, command: launch(role) }));

function launch(role: string): Command {
  return throughline(['serve', '--roles', role], { ...env, PORT: role === 'api' ? String(port) : '0' });
}

const made = throughline(['key', 'create', '--name', 'chaos', '--role', 'admin'], env);
if ((await made.exited) !== 0) throw new Error(made.stderr());
const headers = { authorization: `Bearer ${made.stdout().trim()}`, 'content-type': 'application/json' };
const api = `http://127.0.0.1:${port}/api/v1`;

/** Repeats a POST under one Idempotency-Key until it is answered, as a careful client does. */
async function post(path: string, body: object): Promise<{ status: number; id: string }> {
  const key = randomUUID();
  return eventually(
    async () => {
      const response = await fetch(`${api}${path}`, {
        method: 'POST',
        headers: { ...headers, 'idempotency-key': key },
        body: JSON.stringify(body),
      }).catch(() => undefined);
      if (response === undefined || response.status >= 500 || response.status === 409) return undefined;
      return { status: response.status, id: ((await response.json()) as { id: string }).id };
    },
    { intervalMs: 100 },
  );
}

const { port: receiverPort } = receiver.address() as AddressInfo;
await post('/webhook-endpoints', { url: `http://127.0.0.1:${receiverPort}/`, eventTypes: ['contact.created'] });
const acknowledged: string[] = [];
const until = performance.now() + seconds * 1_000;
let kills = 0;

async function write(worker: number): Promise<void> {
  for (let n = 0; performance.now() < until; n++) {
    const { status, id } = await post('/contacts', { firstName: `Chaos ${worker}`, email: `c${worker}.${n}@chaos.test` });
    if (status !== 201) throw new Error(`a write was refused with ${status}`);
    acknowledged.push(id);
  }
}

async function kill(): Promise<void> {
  while (performance.now() < until) {
    await pause(500 + random() * 2_500);
    const victim = processes[Math.floor(random() * processes.length)] as (typeof processes)[number]; // the index is within
    await victim.command.end('SIGKILL');
    kills += 1;
    victim.command = launch(victim.role);
  }
}

await Promise.all([kill(), ...Array.from({ length: 4 }, (_, worker) => write(worker))]);
const client = new pg.Client({ connectionString: postgres.url });
await client.connect();
const count = async (sql: string, values: unknown[] = []) => Number((await client.query<{ n: string }>(sql, values)).rows[0]?.n);
const facts = async () => ({
  'acknowledged writes that are missing':
    acknowledged.length - (await count('select count(*) as n from contacts where id = any($1)', [acknowledged])),
  'contacts that nobody was told of': (await count('select count(*) as n from contacts')) - acknowledged.length,
  'events without a position': await count('select count(*) as n from events where position is null'),
  'gaps in the log': await count('select coalesce(max(position), 0) - count(position) as n from events'),
  'contacts without exactly one delivery': await count(
    `select count(*) as n from (select e.record_id from events e left join webhook_deliveries d on d.event_id = e.id
       where e.type = 'contact.created' group by 1 having count(d.*) <> 1) as off`,
  ),
  'deliveries not delivered': await count(`select count(*) as n from webhook_deliveries where state <> 'delivered'`),
  'parked events': await count('select count(*) as n from dead_letters'),
});
const allWell = async () => Object.values(await facts()).every((fault) => fault === 0);
await eventually(allWell, { timeoutMs: 120_000, intervalMs: 1_000 }).catch(() => undefined);
const outcome = await facts();
console.log(`${acknowledged.length} writes acknowledged, ${kills} processes killed, ${arrived.size} events arrived`);
for (const [fault, number] of Object.entries(outcome)) console.log(`${fault.padEnd(48)} ${number}`);
const missed = acknowledged.length - arrived.size;
console.log(`${'events that never arrived'.padEnd(48)} ${missed}`);
await client.end();
await Promise.all(processes.map(({ command }) => command.end('SIGTERM')));
await postgres.stop();
receiver.close();
process.exit(Object.values(outcome).some((fault) => fault !== 0) || missed !== 0 ? 1 : 0);

/** Lehmer's generator: the same seed kills the same processes at the same pauses. */
function lehmer(start: number): () => number {
  let state = (start % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
