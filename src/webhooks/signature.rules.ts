import { createHash, createHmac, createSecretKey, type Hmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SignatureScheme } from './scheme.schema.ts';

/** Header names in lower case, as Node gives them. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

export interface SignedRequest {
  /** The bytes as they came, before any parsing. */
  rawBody: Uint8Array;
  headers: Headers;
  /** Every secret that is valid now: two during a rotation. */
  secrets: readonly string[];
  now: Date;
}

export type Refusal = 'missing_header' | 'malformed' | 'stale' | 'no_secret' | 'mismatch';
export type Verdict = { ok: true; dedupeKey?: string } | { ok: false; reason: Refusal };

interface Sent {
  signatures: string[];
  time: string | undefined;
}

/** More than any sender uses; bounds the work that an unsigned request can cause. */
const maxSignatures = 10;

/**
 * Tells whether a request was signed with one of the secrets, in constant time for each comparison. Never throws.
 *
 * `missing_header`: the signature, its time or a signed header is absent. `malformed`: a header that cannot be read.
 * `stale`: sent outside the tolerance, before or after `now`. `no_secret`: no usable secret (an empty one never counts).
 * `dedupeKey` is the sender's own id of the delivery when the scheme names its header.
 */
export function verifySignature(scheme: SignatureScheme, request: SignedRequest): Verdict {
  const sent = readHeaders(scheme, request.headers);
  if (typeof sent === 'string') return { ok: false, reason: sent };
  const late = checkTime(scheme, sent.time, request.now);
  if (late) return { ok: false, reason: late };
  const keys = request.secrets.map((secret) => keyOf(scheme, secret)).filter((key) => key.length > 0);
  if (keys.length === 0) return { ok: false, reason: 'no_secret' };
  const pieces = signedPieces(scheme, request, sent.time);
  if (!pieces) return { ok: false, reason: 'missing_header' };
  if (!anyMatches(scheme, { keys, pieces, signatures: sent.signatures })) return { ok: false, reason: 'mismatch' };
  const dedupeKey = scheme.dedupeHeader ? one(request.headers, scheme.dedupeHeader) : undefined;
  return dedupeKey ? { ok: true, dedupeKey } : { ok: true };
}

/**
 * The `webhook-signature` header of Standard Webhooks 1.0: one `v1,<base64>` per secret, separated by spaces.
 * `timestamp` is in whole seconds since 1970 and goes into `webhook-timestamp` unchanged; `secrets` are `whsec_...`.
 */
export function signStandard(message: {
  id: string;
  timestamp: number;
  body: string | Uint8Array;
  secrets: readonly string[];
}): string {
  return message.secrets
    .map((secret) =>
      createHmac('sha256', createSecretKey(whsecKey(secret)))
        .update(`${message.id}.${message.timestamp}.`)
        .update(message.body),
    )
    .map((signature) => `v1,${signature.digest('base64')}`)
    .join(' ');
}

/** A fresh secret as Standard Webhooks writes it: `whsec_` and base64 of 32 random bytes (24 to 64 are allowed). */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

function readHeaders(scheme: SignatureScheme, headers: Headers): Sent | Refusal {
  const value = one(headers, scheme.header);
  if (value === undefined) return 'missing_header';
  const parts = scheme.separator ? value.split(scheme.separator).map((part) => part.trim()) : [value];
  const signatures = withPrefix(parts, scheme.prefix, scheme.algorithm === 'token').slice(0, maxSignatures);
  if (signatures.length === 0) return 'malformed';
  if (!scheme.time) return { signatures, time: undefined };
  const timeParts = scheme.time.header === scheme.header ? parts : [one(headers, scheme.time.header) ?? ''];
  const time = withPrefix(timeParts, scheme.time.prefix, false)[0];
  return time === undefined ? 'missing_header' : { signatures, time };
}

/** What follows the prefix; the name of an authentication scheme is compared without case (RFC 9110, 11.1). */
function withPrefix(parts: readonly string[], prefix: string, anyCase: boolean): string[] {
  const fold = (text: string) => (anyCase ? text.toLowerCase() : text);
  return parts
    .filter((part) => fold(part.slice(0, prefix.length)) === fold(prefix))
    .map((part) => part.slice(prefix.length))
    .filter((rest) => rest !== '');
}

function checkTime(scheme: SignatureScheme, sent: string | undefined, now: Date): Refusal | undefined {
  if (!scheme.time) return undefined;
  if (!sent || !/^\d{1,15}$/.test(sent)) return 'malformed';
  const sentMs = Number(sent) * (scheme.time.unit === 's' ? 1_000 : 1);
  return Math.abs(now.getTime() - sentMs) > scheme.time.toleranceMs ? 'stale' : undefined;
}

function signedPieces(scheme: SignatureScheme, request: SignedRequest, time: string | undefined) {
  if (scheme.algorithm === 'token') return [];
  const pieces: (string | Uint8Array | undefined)[] = scheme.template.split(/(\{[^}]+\})/).map((piece) => {
    if (piece === '{body}') return request.rawBody;
    if (piece === '{time}') return time;
    return piece.startsWith('{header:') ? one(request.headers, piece.slice(8, -1)) : piece;
  });
  return pieces.every((piece) => piece !== undefined) ? pieces : undefined;
}

function anyMatches(
  scheme: SignatureScheme,
  given: { keys: readonly Buffer[]; pieces: readonly (string | Uint8Array)[]; signatures: readonly string[] },
): boolean {
  let matched = false;
  const claimed = given.signatures.map((signature) => claimedBytes(scheme, signature));
  for (const key of given.keys) {
    const expected = expectedBytes(scheme, key, given.pieces);
    for (const claim of claimed) {
      if (claim.length === expected.length && timingSafeEqual(claim, expected)) matched = true;
    }
  }
  return matched;
}

function expectedBytes(scheme: SignatureScheme, key: Buffer, pieces: readonly (string | Uint8Array)[]): Buffer {
  if (scheme.algorithm === 'token') return sha256(key);
  // A key object, because Node takes four times as long with plain bytes.
  const start: Hmac = createHmac(scheme.algorithm.slice('hmac-'.length), createSecretKey(key));
  return pieces.reduce((hmac, piece) => hmac.update(piece), start).digest();
}

/** Tokens are compared by their hashes, so that not even their length shows. */
function claimedBytes(scheme: SignatureScheme, signature: string): Buffer {
  return scheme.algorithm === 'token' ? sha256(Buffer.from(signature, 'utf8')) : Buffer.from(signature, scheme.encoding);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function keyOf(scheme: SignatureScheme, secret: string): Buffer {
  return scheme.secretEncoding === 'whsec' ? whsecKey(secret) : Buffer.from(secret, 'utf8');
}

function whsecKey(secret: string): Buffer {
  return Buffer.from(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret, 'base64');
}

/** A header sent twice is no header: two values leave open which of them was signed. */
function one(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  const only = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof only === 'string' && only !== '' ? only : undefined;
}
