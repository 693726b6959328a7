import { Readable } from 'node:stream';
import { type Actor, type Context, reading, rootCause, rowOf, type Services, systemActor, transact } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { AppError, forbidden, isUnavailable } from '../errors.ts';
import { holdContent, removeUnnamed } from '../files/files.ts';
import { actorNow } from '../identity/actors.ts';
import { may } from '../identity/permissions.ts';
import { type ZipEntry, zipped } from '../zip.ts';
import { type ExportDoor, personalExport } from './personal-export.ts';
import { bytesAtMost, endExport } from './personal-exports.ts';

interface Running {
  id: string;
  contactId: string;
  actorKind: Actor['kind'];
  actorId: string;
}

/**
 * Makes a personal export, with the rights that its asker has by then; one whose process was killed is made from its beginning. Once it is
 * cancelled or its contact erased, nothing of it stays. A refusal is its end; an accident is thrown, to be tried again.
 */
export async function runExport(services: Services, id: string): Promise<void> {
  const running = await begin(services, id);
  if (running === undefined) return;
  try {
    const entries = watched(personalExport(doorOf(services, running), running.contactId), (done) => note(services, id, done));
    const stored = await services.ports.files.put(Readable.from(zipped(entries), { objectMode: false }), bytesAtMost);
    if (!(await finish(services, running, stored)))
      await transact(services, doingOf(id), (ctx) => removeUnnamed(ctx, stored.sha256));
  } catch (error) {
    if (error instanceof NotWanted) return;
    if (!(error instanceof AppError) || isUnavailable(error)) throw error;
    await failExport(services, id, error.message);
  }
}

/** Marks an export that cannot go on. */
export const failExport = (services: Services, id: string, message: string): Promise<unknown> =>
  transact(services, doingOf(id), (ctx) => endExport(ctx, id, 'failed', message));

/** All that one export does is one chain in the log. */
const doingOf = (id: string) => ({ actor: systemActor, cause: { ...rootCause({ kind: 'job' }), correlationId: id } });

const begin = (services: Services, id: string): Promise<Running | undefined> =>
  transact(services, doingOf(id), (ctx) =>
    rowOf<Running>(
      ctx,
      SQL`update personal_exports set state = 'running', done = 0, updated_at = ${ctx.now} where id = ${id} and state in ('queued', 'running')
          returning id, contact_id as "contactId", actor_kind as "actorKind", actor_id as "actorId"`,
    ),
  );

/** Each piece is read with what the asker may do at that moment. */
function doorOf(services: Services, running: Running): ExportDoor {
  const asAsker =
    <T>(work: (ctx: Context) => Promise<T>) =>
    async (ctx: Context): Promise<T> =>
      work({ ...ctx, actor: await askerOf(ctx, running) });
  return {
    read: (work) => reading(services, doingOf(running.id), asAsker(work)),
    transact: (work) => transact(services, doingOf(running.id), asAsker(work)),
    files: services.ports.files,
  };
}

async function askerOf(ctx: Context, { actorKind, actorId }: Running): Promise<Actor> {
  const actor = await actorNow(ctx, { kind: actorKind, id: actorId });
  if (actor === undefined || !may(actor, 'export')) throw forbidden('export');
  return actor;
}

/** What ends the making of an archive that nobody waits for any more. */
class NotWanted extends Error {}

const noteEveryMs = 500;

/** The same files, with a word now and then of how many are done. */
async function* watched(entries: AsyncIterable<ZipEntry>, tell: (done: number) => Promise<void>): AsyncGenerator<ZipEntry> {
  let done = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  async function* telling(content: ZipEntry['content']): ZipEntry['content'] {
    for await (const chunk of content) {
      if (performance.now() - toldAt > noteEveryMs) {
        await tell(done);
        toldAt = performance.now();
      }
      yield chunk;
    }
  }
  for await (const entry of entries) {
    yield { ...entry, content: telling(entry.content) };
    done += 1;
  }
}

async function note(services: Services, id: string, done: number): Promise<void> {
  const row = await transact(services, doingOf(id), (ctx) =>
    rowOf(
      ctx,
      SQL`update personal_exports set done = least(${done}::int, total), updated_at = ${ctx.now} where id = ${id} and state = 'running' returning 1`,
    ),
  );
  if (row === undefined) throw new NotWanted();
}

/** False when it was not wanted any more, or another has made it. */
const finish = (services: Services, running: Running, { sha256, size }: { sha256: string; size: number }): Promise<boolean> =>
  transact(services, doingOf(running.id), async (ctx) => {
    const { id, contactId } = running;
    const actor = await askerOf(ctx, running);
    await holdContent(ctx, sha256);
    const row = await rowOf(
      ctx,
      SQL`update personal_exports set state = 'done', done = total, sha256 = ${sha256}, size = ${size}, finished_at = ${ctx.now}, updated_at = ${ctx.now}
          where id = ${id} and state = 'running' returning 1`,
    );
    if (row === undefined) return false;
    emit({ ...ctx, actor }, 'export.made', { exportId: id, of: 'contact', filter: { contactId } });
    return true;
  });
