import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { type Actor, reading, rootCause, type Services } from './context.ts';
import { kyselyOf } from './database.ts';
import { invalidField } from './errors.ts';
import { catalogue, type EventType } from './events.ts';
import type { App } from './http.ts';
import { can } from './identity/permissions.ts';
import { headOf, type LogEvent, readLog } from './log.ts';
import { readableTypes, seenEvents } from './seen-events.ts';

const tags = ['events'];
const eventTypes = Object.keys(catalogue) as EventType[]; // the catalogue's own keys
const Position = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const Types = z
  .string()
  .max(2_000)
  .transform((value) => value.split(','))
  .pipe(z.array(z.enum(eventTypes)));

const FeedQuery = z.strictObject({
  after: Position.default(0),
  types: Types.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
const StreamQuery = z.strictObject({ after: Position.optional(), types: Types.optional() });

const EventOut = z
  .object({
    id: z.string(),
    position: z.int(),
    type: z.string(),
    at: z.string(),
    actor: z.object({ kind: z.string(), id: z.string().nullable() }),
    causeId: z.string().nullable(),
    correlationId: z.string(),
    origin: z.enum(['live', 'history']),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });

/** The log as a feed, page by page and live. Positions are gap-free and the same for everybody. */
export function feedRoutes(app: App): void {
  /** Streams under way; ended when the server closes, since they would hold it open. */
  const streams = new Set<ServerResponse>();

  app.get(
    '/events',
    {
      schema: {
        tags,
        summary: 'Read the log on from a position; nextCursor is the position for the next call',
        querystring: FeedQuery,
        response: { 200: z.object({ data: z.array(EventOut), nextCursor: z.string() }) },
      },
      config: can('event', 'read'),
    },
    (req) =>
      req.read(async (ctx) => {
        const { after, limit, types } = req.query;
        const page = await readLog(ctx.reads, {
          after,
          limit,
          types: readableTypes(ctx.actor, types ?? eventTypes),
          history: true,
        });
        return { data: (await seenEvents(ctx, page.events)).map(onWire), nextCursor: String(page.scannedTo) };
      }),
  );

  app.get(
    '/events/stream',
    {
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: 'The log as server-sent events; resumes by Last-Event-ID',
        querystring: StreamQuery,
        response: { 200: z.string() },
      },
      config: can('event', 'read'),
    },
    async (req, reply) => {
      const after = resumeAt(req.headers['last-event-id']) ?? req.query.after;
      const types = readableTypes(req.caller(), req.query.types ?? eventTypes);
      reply.hijack();
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        connection: 'close',
        'x-request-id': req.id,
      });
      streams.add(reply.raw);
      reply.raw.on('close', () => streams.delete(reply.raw));
      await stream(app.services, reply.raw, { after, types, actor: req.caller(), actorNow: () => req.callerNow() });
    },
  );
  app.addHook('preClose', async () => {
    for (const response of streams) response.end();
  });
}

function resumeAt(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  const position = Position.safeParse(header);
  if (!position.success)
    throw invalidField('header/last-event-id', 'invalid_position', 'Last-Event-ID must be a position of the log.');
  return position.data;
}

const onWire = ({ actorKind, actorId, recordType: _type, recordId: _id, ...event }: LogEvent) => ({
  id: event.id,
  position: event.position,
  type: event.type,
  at: event.at,
  actor: { kind: actorKind, id: actorId },
  causeId: event.causeId,
  correlationId: event.correlationId,
  origin: event.origin,
  data: event.data,
});

const heartbeatMs = 15_000;
const buffered = 10_000;
const bufferedBytes = 4_194_304;

interface StreamOptions {
  actor: Actor;
  /** The reader as they are by now; undefined once their key or session is none any more. */
  actorNow(): Promise<Actor | undefined>;
  after: number | undefined;
  types: readonly EventType[];
}

/** Catches up from the log, then follows it live; the seam loses nothing, since listening begins before catching up. */
async function stream(
  services: Services,
  response: ServerResponse,
  { after, types, actor, actorNow }: StreamOptions,
): Promise<void> {
  const db = kyselyOf(services.db.orm.em.fork());
  const cause = rootCause({ kind: 'http' });
  const wanted = new Set<string>(types);
  let position = 0;
  let waiting: LogEvent[] = [];
  const isGone = () => response.writableEnded || response.destroyed;
  const write = async (events: readonly LogEvent[]) => {
    const fresh = events.filter((event) => event.position > position && wanted.has(event.type));
    const reader = fresh.length === 0 ? actor : await actorNow();
    if (reader === undefined) return void response.destroy();
    const seen = fresh.length === 0 ? [] : await reading(services, { actor: reader, cause }, (ctx) => seenEvents(ctx, fresh));
    position = Math.max(position, events.at(-1)?.position ?? 0);
    if (isGone()) return;
    for (const event of seen)
      response.write(`id: ${event.position}\nevent: ${event.type}\ndata: ${JSON.stringify(onWire(event))}\n\n`);
  };
  /** Set once it has caught up: until then it is sent page by page as it takes them, however large a page is. */
  let follow: (() => void) | undefined;
  const unsubscribe = services.ports.live.subscribe((events) => {
    waiting.push(...events);
    const tooSlow = (follow !== undefined && response.writableLength > bufferedBytes) || waiting.length > buffered;
    if (tooSlow || changes(events, actor))
      response.destroy(); // it resumes by Last-Event-ID, if it may
    else follow?.();
  });
  const heartbeat = setInterval(() => {
    if (!response.writableEnded) response.write(': here\n\n');
  }, heartbeatMs);
  response.on('close', () => {
    clearInterval(heartbeat);
    unsubscribe();
  });
  try {
    position = after ?? (await headOf(db));
    response.write(`retry: 1000\nid: ${position}\n\n`);
    for (;;) {
      const page = await readLog(db, { after: position, types, history: true, limit: 100 });
      const done = page.scannedTo === position || page.events.length === 0;
      await write(page.events);
      position = Math.max(position, page.scannedTo);
      if (response.destroyed) return;
      await drained(response);
      if (done && page.scannedTo >= (await headOf(db))) break;
    }
    const next = async () => {
      while (waiting.length > 0 && !isGone()) {
        const batch = waiting;
        waiting = [];
        await write(batch);
      }
    };
    follow = inTurn(next, (error) => end(services, response, error));
    follow();
  } catch (error) {
    end(services, response, error);
  }
}

function end(services: Services, response: ServerResponse, error: unknown): void {
  services.log.warn({ err: error }, 'stream ended');
  response.end();
}

/** Starts the work when it is not under way; one call at a time. */
function inTurn(work: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let isWorking = false;
  return () => {
    if (isWorking) return;
    isWorking = true;
    void work()
      .catch(failed)
      .finally(() => {
        isWorking = false;
      });
  };
}

/** Whether the events change who the reader is or what they may see: they are to ask again. */
const changes = (events: readonly LogEvent[], actor: Actor): boolean =>
  events.some(
    ({ type, recordType, recordId }) =>
      recordType === 'role' ||
      recordType === 'team' ||
      (['user.updated', 'user.removed', 'user.signed_out'].includes(type) && recordId === actor.userId) ||
      (recordType === 'api_key' && recordId === actor.id && !ofUse.has(type)),
  );

/** What happens with a key and changes nothing of it: another's wrong guess at its secret does not end the stream of its holder. */
const ofUse = new Set(['api_key.created', 'api_key.used', 'api_key.refused']);

/** Resolves once the reader has taken what was written, or has gone. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    if (!response.writableNeedDrain || response.destroyed) return resolve();
    response.once('drain', resolve).once('close', resolve);
  });
