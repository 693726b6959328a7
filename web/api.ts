import type { z } from 'zod';
import type { ProblemOut } from '../src/wire.ts';
import { setReachable } from './connection.ts';

type ProblemDocument = z.output<typeof ProblemOut>;

/** A refusal of the API: its problem document (RFC 9457). `code` is permanent, `message` is for people. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly document: ProblemDocument;
  constructor(document: ProblemDocument) {
    super(document.detail);
    this.status = document.status;
    this.code = document.code;
    this.document = document;
  }
  /** Messages by the field's path, `imap.host` for the pointer `/imap/host`; the empty path is the whole request. */
  get fields(): Record<string, string> {
    const errors = this.document.errors ?? [];
    return Object.fromEntries(errors.map(({ pointer, message }) => [pointer.replace(/^\//, '').replaceAll('/', '.'), message]));
  }
}

/** The hub did not answer: the connection is lost, or it restarts. */
export class Unreachable extends Error {}

/** Query parameters; what is undefined or empty is left out. */
export type Query = Record<string, string | number | boolean | null | undefined>;

interface CallOptions {
  /** Sent as JSON; a file is sent as it is. */
  body?: unknown;
  query?: Query;
  /** The version that was read; the hub refuses with 412 when there is a newer one. */
  version?: number | undefined;
  /** Makes a repeat of the same call harmless. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** A page of a list. */
export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

/** Calls the API on the session's cookie. `path` begins behind `/api/v1`. Throws `Problem` or `Unreachable`. */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const { body, query, version, idempotencyKey, signal } = options;
  const headers: Record<string, string> = {};
  const isFile = body instanceof Blob;
  if (body !== undefined) headers['content-type'] = isFile ? body.type || 'application/octet-stream' : 'application/json';
  if (version !== undefined) headers['if-match'] = `"v${version}"`;
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
  const init: RequestInit = { method, headers, ...(signal ? { signal } : {}) };
  if (body !== undefined) init.body = isFile ? body : JSON.stringify(body);
  const response = await fetch(`/api/v1${path}${queryString(query)}`, init).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    setReachable(false);
    throw new Unreachable('The connection to the hub is lost.', { cause: error });
  });
  setReachable(true);
  if (response.status === 204) return undefined as T; // routes without a body are called with T = void
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new Problem(problemOf(response, answer));
  return answer as T; // the hub's tests compare every answer with its schema
}

/** A proxy in between may answer with a page of its own instead of a problem document. */
function problemOf(response: Response, answer: unknown): ProblemDocument {
  if (typeof answer === 'object' && answer !== null && 'code' in answer) return answer as ProblemDocument;
  const detail = `The server answered ${response.status} ${response.statusText}`.trim();
  return { type: 'about:blank', title: 'Error', status: response.status, code: 'unexpected_answer', detail };
}

function queryString(query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}`;
}

/** What to say of any error to a person. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
