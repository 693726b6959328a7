import { pino } from 'pino';
import { createCommits } from '../../src/commits.ts';
import { readConfig } from '../../src/config.ts';
import type { Consumer } from '../../src/consumers.ts';
import { rowsOf, type Services } from '../../src/context.ts';
import { openDatabase, SQL } from '../../src/database.ts';
import { startRelay } from '../../src/relay.ts';

/**
 * A process that runs the relay with two consumers, and kills itself with SIGKILL at a step of its loops: `relay-child.ts <url> [step]`.
 * Both note each event they handle in `handled`: `rows` in the transaction of the cursor, `engine` on a connection of its own.
 */

const [url = '', fatalStep] = process.argv.slice(2);
const db = await openDatabase({ url, poolSize: 6, name: 'relay-child' });
const outside = await db.connect('relay-child-engine');
const consumers: Consumer[] = [
  {
    kind: 'rows',
    name: 'rows',
    types: null,
    history: false,
    handle: async (ctx, event) =>
      void (await rowsOf(
        ctx,
        SQL`insert into handled (consumer, event_id, record_id, position) values ('rows', ${event.id}, ${event.recordId}, ${event.position})`,
      )),
  },
  {
    kind: 'engine',
    name: 'engine',
    types: null,
    history: false,
    async handle(_services, events) {
      for (const event of events) {
        const values = ['engine', event.id, event.recordId, event.position];
        await outside.query('insert into handled (consumer, event_id, record_id, position) values ($1, $2, $3, $4)', values);
      }
    },
  },
];
const none = {} as unknown as Services['ports']; // the relay and these consumers use no port but the two below
const services: Services = {
  db,
  ports: { ...none, commits: createCommits(), queues: { wake: () => undefined } },
  config: readConfig({ DATABASE_URL: url }),
  log: pino({ level: 'silent' }),
  now: () => new Date(),
};
await startRelay(services, consumers, (step) => {
  if (step === fatalStep) process.kill(process.pid, 'SIGKILL');
});
process.stdout.write('ready\n');
