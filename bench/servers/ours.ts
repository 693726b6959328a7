import { randomBytes } from 'node:crypto';
import { openHub } from '../../bin/hub.ts';
import { readConfig } from '../../src/config.ts';
import { rootCause, systemActor, transact } from '../../src/context.ts';
import { rememberCallers } from '../../src/identity/callers.ts';
import { createKey } from '../../src/identity/keys.ts';
import { createUser } from '../../src/identity/users.ts';
import { createSecrets } from '../../src/secrets.ts';

/** Ours: the hub with its API and relay, the sequencer and all consumers running, and the key of an admin. */
const { databaseUrl, roles = ['api', 'relay'] } = JSON.parse(process.argv[2] ?? '{}') as {
  databaseUrl: string;
  roles?: ('api' | 'relay')[];
};
/** Requests are counted, as they are elsewhere; none is refused. */
const limits = { RATE_LIMIT_CALLER: '1000000000', RATE_LIMIT_ADDRESS: '1000000000' };
const basics = { DATABASE_URL: databaseUrl, PORT: '0', LOG_LEVEL: 'error', ALLOW_PRIVATE_HOSTS: '127.0.0.0/8' };
const config = readConfig({ ...basics, ...limits });
const hub = await openHub({
  config,
  roles,
  engines: { databaseUrl, redisUrl: undefined, temporal: { address: () => undefined, state: () => 'off' } },
  secrets: createSecrets([randomBytes(32).toString('base64')]),
  host: '127.0.0.1',
  webRoot: undefined,
});
await hub.start();
const key = await transact(hub.services, { actor: systemActor, cause: rootCause({ kind: 'cli' }) }, async (ctx) => {
  const name = `bench ${randomBytes(4).toString('hex')}`;
  const user = await createUser(ctx, { name, email: `${randomBytes(4).toString('hex')}@bench.test`, role: 'admin' });
  return (await createKey(ctx, { name, role: 'admin', userId: user.id })).key;
});
console.log(
  JSON.stringify({
    url: `${hub.url}/api/v1`,
    key,
    keyCheckUs: await keyCheckUs(),
    rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
  }),
);

/** Microseconds that it takes to find out who calls by a key, on average of as many requests as come in a few seconds. */
async function keyCheckUs(): Promise<number> {
  const callers = rememberCallers(hub.services);
  const checks = 20_000;
  const began = performance.now();
  for (let n = 0; n < checks; n++) await callers.byKey(key, { kind: 'http' });
  const took = performance.now() - began;
  await callers.stop();
  return (1_000 * took) / checks;
}

process.on('SIGTERM', () => void hub.stop().then(() => process.exit(0)));
