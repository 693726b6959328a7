import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { signStandard } from '../../src/webhooks/signature.rules.ts';

/** A process of the webhook bench that sends signed webhooks as fast as they are answered, and prints what came of it as JSON. */

const [url = '', secret = '', seconds = '3', connections = '64'] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const pool = new Pool(origin, { connections: Number(connections), pipelining: 1 });
const payload = { first: 'Ann', last: 'Lee', item: 'a lamp', note: 'x'.repeat(300) };
const took: number[] = [];
let refused = 0;
const endAt = performance.now() + Number(seconds) * 1_000;

async function send(): Promise<void> {
  const id = `msg_${randomUUID()}`;
  const body = JSON.stringify({ ...payload, email: `${id}@bench.example` });
  const timestamp = Math.floor(Date.now() / 1_000);
  const startedAt = performance.now();
  const answer = await pool.request({
    path: pathname,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signStandard({ id, timestamp, body, secrets: [secret] }),
    },
    body,
  });
  await answer.body.dump();
  if (answer.statusCode === 202) took.push(performance.now() - startedAt);
  else refused += 1;
}

await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    while (performance.now() < endAt) await send();
  }),
);
await pool.close();
took.sort((a, b) => a - b);
const at = (share: number) => took[Math.floor(took.length * share)] ?? 0;
process.stdout.write(JSON.stringify({ perSecond: took.length / Number(seconds), refused, p50: at(0.5), p99: at(0.99) }));
