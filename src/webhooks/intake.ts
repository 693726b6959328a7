import { createHash } from 'node:crypto';
import { newId, type Services } from '../context.ts';
import { kyselyOf } from '../database.ts';
import { AppError, notFound, unavailable } from '../errors.ts';
import { prepared } from '../plans.ts';
import { type PresetName, schemeOf } from './presets.ts';
import { createReceiptBatch } from './receipt-batch.ts';
import { createSampler } from './rejections.ts';
import type { SchemeOverrides, SignatureScheme } from './scheme.schema.ts';
import { openSecrets, type SealedSecrets } from './secrets.ts';
import { type Headers, verifySignature } from './signature.rules.ts';

/** A request to a source, as it came. */
export interface IncomingWebhook {
  sourceId: string;
  headers: Headers;
  rawBody: Buffer;
}

/** What is kept of a source between requests. It is never trusted blindly: storing checks that its version is still the present one. */
interface KnownSource extends SealedSecrets {
  version: number;
  scheme: SignatureScheme;
  /** The headers that hold the secret itself, or one of somebody else's. */
  hidden: ReadonlySet<string>;
}

interface SourceRow extends SealedSecrets {
  version: number;
  preset: PresetName;
  overrides: SchemeOverrides;
  disabled: boolean;
}

const sourceById = prepared<SourceRow>(
  'webhook_source_for_intake',
  `select id, version, preset, scheme as overrides, secret, previous_secret as "previousSecret",
     previous_secret_until as "previousSecretUntil", disabled_at is not null as disabled
   from webhook_sources where id = $1 and deleted_at is null`,
);

const sourcesKept = 1_000;
const triesAtMost = 5;

/**
 * Makes the intake of a process: verify over the raw bytes, store receipt and job with one commit, answer with the receipt's id.
 * A repeated delivery gets the id of the first one. Throws 404, 410 `webhook_source_disabled`, 401 `signature_invalid` (a sample is
 * kept), 503 under too much load.
 */
export function createIntake(services: Services): (request: IncomingWebhook) => Promise<{ receiptId: string }> {
  const known = new Map<string, Opened>();
  const store = createReceiptBatch(services);
  const keepSample = createSampler(services);

  const look = async (id: string): Promise<Opened> => {
    known.delete(id);
    const source = await readSource(services, id);
    const secrets = openSecrets(services.ports.secrets, 'webhook_sources', { row: source, now: services.now() });
    if (known.size >= sourcesKept) known.clear();
    // During a rotation the old secret runs out by itself, so such a source is looked at each time.
    if (secrets.length === 1) known.set(id, { source, secrets });
    return { source, secrets };
  };

  const verify = async (request: IncomingWebhook): Promise<{ source: KnownSource; dedupeKey: string | undefined }> => {
    const { sourceId } = request;
    const remembered = known.get(sourceId);
    const tried = remembered === undefined ? undefined : check(request, remembered, services.now());
    if (remembered !== undefined && tried?.ok) return { source: remembered.source, dedupeKey: tried.dedupeKey };
    const present = await look(sourceId);
    const verdict = check(request, present, services.now());
    if (verdict.ok) return { source: present.source, dedupeKey: verdict.dedupeKey };
    await keepSample({ ...request, headers: shown(request.headers, present.source), reason: verdict.reason });
    throw new AppError('signature_invalid', 401, refusals[verdict.reason], { reason: verdict.reason });
  };

  return async (request) => {
    for (let tries = 1; tries <= triesAtMost; tries++) {
      const { source, dedupeKey } = await verify(request);
      const stored = await store({
        id: newId(),
        sourceId: request.sourceId,
        sourceVersion: source.version,
        ...dedupeKeys(dedupeKey, request.rawBody, services.now()),
        body: request.rawBody,
        headers: JSON.stringify(shown(request.headers, source)),
      });
      if (stored.kind !== 'stale') return { receiptId: stored.id };
      known.delete(request.sourceId);
    }
    throw unavailable('webhook_source', 'The source is being changed; send this delivery again.');
  };
}

/** A source with its secrets in the clear: in memory only. */
interface Opened {
  source: KnownSource;
  secrets: string[];
}

const check = (request: IncomingWebhook, { source, secrets }: Opened, now: Date) =>
  verifySignature(source.scheme, { ...request, secrets, now });

const refusals = {
  missing_header: 'The signature, its time or a signed header is missing.',
  malformed: 'The signature header cannot be read.',
  stale: "The signature's time is too far from now.",
  no_secret: 'The source has no usable secret.',
  mismatch: 'The signature does not match the body and the secret.',
} as const;

async function readSource(services: Services, id: string): Promise<KnownSource> {
  const [row] = await sourceById(kyselyOf(services.db.orm.em.fork()), [id]);
  if (row === undefined) throw notFound('webhook_source');
  if (row.disabled) throw new AppError('webhook_source_disabled', 410, 'This webhook source is switched off.');
  const { preset, overrides, disabled: _, ...rest } = row;
  const scheme = schemeOf(preset, overrides);
  const secretHeader = scheme.algorithm === 'token' ? [scheme.header] : [];
  return { ...rest, scheme, hidden: new Set(['authorization', 'proxy-authorization', 'cookie', ...secretHeader]) };
}

const shown = (headers: Headers, { hidden }: KnownSource): Record<string, unknown> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !hidden.has(name)));

const windowMs = 600_000;
const longestKey = 200;

/** The sender's own id of the delivery, or else the bytes of the body within ten minutes: a window, and the one before it. */
function dedupeKeys(sent: string | undefined, body: Buffer, now: Date): { dedupeKey: string; recentKey: string | null } {
  if (sent !== undefined)
    return { dedupeKey: sent.length > longestKey ? `sha256:${sha256(sent)}` : `id:${sent}`, recentKey: null };
  const window = Math.floor(now.getTime() / windowMs);
  const hash = sha256(body);
  return { dedupeKey: `body:${hash}:${window}`, recentKey: `body:${hash}:${window - 1}` };
}

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('base64url');
