import { createHmac, timingSafeEqual } from 'node:crypto';
import fastify from 'fastify';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** The least that a webhook's door can do: verify the signature in constant time, insert one prepared row, answer. */
const { databaseUrl, secret } = JSON.parse(process.argv[2] ?? '{}') as { databaseUrl: string; secret: string };
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
await pool.query('create table bare_receipts (id uuid primary key, body bytea not null, headers jsonb not null)');
const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
const text = 'insert into bare_receipts (id, body, headers) values ($1, $2, $3)';
const app = fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_req, body, done) => done(null, body));

app.post('/', async (req, reply) => {
  const body = req.body as Buffer;
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = req.headers;
  const expected = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest();
  const sent = Buffer.from(String(signature).slice('v1,'.length), 'base64');
  if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) return reply.code(401).send();
  const receiptId = uuidv7();
  await pool.query({ name: 'insert', text, values: [receiptId, body, JSON.stringify(req.headers)] });
  return reply.code(202).send({ receiptId });
});

console.log(JSON.stringify({ url: await app.listen({ port: 0, host: '127.0.0.1' }) }));
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
