import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Actor, type Context, rowOf, rowsOf } from './context.ts';
import { SQL } from './database.ts';
import { AppError, conflict, invalidField, notFound } from './errors.ts';
import { owned, seesAll, visible } from './identity/permissions.ts';
import { JsonText } from './json-text.ts';

interface StoredAnswer {
  bodyHash: Buffer;
  answer: Buffer;
  status: number | null;
  rightsHash: Buffer | null;
}

/** A request with the reply that its answer goes to. */
export interface Exchange {
  req: FastifyRequest;
  reply: FastifyReply;
}

/**
 * Runs a POST's work once per Idempotency-Key of an actor and route (draft-ietf-httpapi-idempotency-key-header): a repeat within 24 hours
 * gets the stored answer with its status. The answer is stored sealed in the same transaction as the work; failures are not stored. Throws 400 for a
 * malformed key, 409 `request_in_flight`, 422 `idempotency_key_reused` for another body, and, of work that is done, the record's 404 or 409
 * `answer_withheld` when the caller may no longer see what they were answered. What is about the caller alone, such as signing in, pays no
 * heed to it: that takes several transactions, whose results are no answers.
 */
export async function replayed<T>(ctx: Context, { req, reply }: Exchange, work: (ctx: Context) => Promise<T>): Promise<T> {
  const key = req.headers['idempotency-key'];
  const actorId = ctx.actor.id;
  const honoured = req.method === 'POST' && typeof req.routeOptions.config.permission === 'object';
  if (key === undefined || !honoured || actorId === null) return work(ctx);
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalidField('header/idempotency-key', 'invalid_key', 'Idempotency-Key must be 1 to 255 visible ASCII characters.');
  }
  const route = `POST ${req.url.split('?')[0]}`;
  const scope = `${actorId} ${route} ${key}`;
  const lock = await rowOf<{ mine: boolean }>(ctx, SQL`select pg_try_advisory_xact_lock(hashtextextended(${scope}, 0)) as mine`);
  if (lock?.mine !== true) throw conflict('request_in_flight', 'A request with this Idempotency-Key is still being worked on.');
  const bodyHash = sha256(JSON.stringify(req.body ?? null));
  const rightsHash = rightsOf(ctx.actor);
  const place = ['idempotency_keys', scope, 'answer'] as const;
  const stored = await rowOf<StoredAnswer>(
    ctx,
    SQL`select body_hash as "bodyHash", answer, status, rights_hash as "rightsHash" from idempotency_keys
        where actor_id = ${actorId} and route = ${route} and key = ${key} and created_at > ${ctx.now}::timestamptz - interval '24 hours'`,
  );
  if (stored !== undefined) {
    if (!stored.bodyHash.equals(bodyHash)) {
      throw new AppError('idempotency_key_reused', 422, 'This Idempotency-Key was used with another body.');
    }
    // Routes that honour the key answer with what their work returns, whatever it is: a stored answer stands in for it.
    const answer = ctx.ports.secrets.open(stored.answer, place);
    await requireStillSeen(ctx, req, answer);
    if (stored.rightsHash?.equals(rightsHash) !== true || (await namesUnseen(ctx, answer))) throw withheld();
    if (stored.status !== null) reply.code(stored.status);
    return new JsonText(answer) as T;
  }
  const result = await work(ctx);
  const text = result instanceof JsonText ? (await result.ready()).text : JSON.stringify(result ?? null);
  await rowsOf(
    ctx,
    SQL`insert into idempotency_keys (actor_id, route, key, body_hash, answer, status, rights_hash, created_at)
        values (${actorId}, ${route}, ${key}, ${bodyHash}, ${ctx.ports.secrets.seal(text, place)}, ${reply.statusCode}, ${rightsHash}, ${ctx.now})
        on conflict (actor_id, route, key) do update set body_hash = excluded.body_hash, answer = excluded.answer, status = excluded.status,
          rights_hash = excluded.rights_hash, created_at = excluded.created_at`,
  );
  return result;
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What a caller's role and key let them do and see, whosever records they are: whose they may be is asked of each record. */
const rightsOf = ({ grants: { permissions, capabilities, fields = {} } }: Actor): Buffer =>
  sha256(JSON.stringify([permissions, capabilities, fields]));

const withheld = () =>
  conflict(
    'answer_withheld',
    'This was done. What you may see has changed since, so the answer is not given again: read the records anew.',
  );

/** Throws the record's 404 when the answer is about one that the caller has come to see no more since. */
async function requireStillSeen(ctx: Context, req: FastifyRequest, answer: string): Promise<void> {
  const { permission } = req.routeOptions.config;
  const object = typeof permission === 'object' ? permission.object : undefined;
  const place = object === undefined ? undefined : owned[object];
  if (object === undefined || place === undefined || seesAll(ctx.actor, object)) return;
  const ids = recordsIn(JSON.parse(answer) as Answered, req.params as { id?: unknown }); // it was stored here
  if (ids.length === 0) return;
  const seen = await rowOf<{ count: number }>(
    ctx,
    SQL`select count(*)::int as count from ${SQL.ref(place.table)} where id = any(${ids}) and ${visible(ctx, object, place.table)}`,
  );
  if (seen?.count !== ids.length) throw notFound(object);
}

type Answered = { id?: unknown; results?: { id?: unknown }[] } | null;

/** The record in the address, else the one that was made, else those of a batch. */
function recordsIn(answer: Answered, params: { id?: unknown }): string[] {
  const one = params.id ?? answer?.id;
  const all = one === undefined ? (answer?.results ?? []).map(({ id }) => id) : [one];
  return [...new Set(all.filter((id) => typeof id === 'string'))];
}

const answered = ['contact', 'company', 'deal', 'activity', 'task', 'message'] as const satisfies readonly (keyof typeof owned)[];

/** Whether an answer names a record that the caller does not see: such as the company of a contact, with the name that it had for them. */
async function namesUnseen(ctx: Context, answer: string): Promise<boolean> {
  const ids = [...new Set(answer.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g))];
  const unseen = answered
    .filter((object) => !seesAll(ctx.actor, object))
    .map((object) => {
      const table = owned[object]?.table ?? '';
      return SQL`exists (select 1 from ${SQL.ref(table)} where id = any(${ids}) and (${visible(ctx, object, table)}) is not true)`;
    });
  if (unseen.length === 0 || ids.length === 0) return false;
  return (await rowOf(ctx, SQL`select 1 where ${SQL.join(unseen, SQL` or `)}`)) !== undefined;
}
