import type { FastifyRequest } from 'fastify';
import { AppError, invalidField } from './errors.ts';

/** Characters of an address with its query; a longer filter goes as the body of `POST /.../search`. */
const addressLength = 8_192;
/** Levels of lists and objects in a body. The deepest that any route takes, a filter, has fewer. */
const bodyDepth = 32;

/** Throws 414 `address_too_long`. */
export function requireShortAddress(req: FastifyRequest): void {
  if (req.url.length > addressLength) {
    const message = `An address with its query may have ${addressLength} characters; send long filters as a body to /search.`;
    throw new AppError('address_too_long', 414, message);
  }
}

/** Throws 400 for a body that is nested more deeply than any of ours. */
export function requireShallowBody(req: FastifyRequest): void {
  if (isDeeper(req.body, bodyDepth)) throw invalidField('', 'too_deep', `The body may be nested ${bodyDepth} levels deep.`);
}

/** Whether a value has more levels of lists and objects than this: what walks it later may do so by calling itself. */
export function isDeeper(value: unknown, levels: number): boolean {
  let level = [value].filter(isNested);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((outer) => Object.values(outer).filter(isNested));
  }
  return false;
}

const isNested = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !isStream(value);

const isStream = (value: object): boolean => 'pipe' in value && typeof value.pipe === 'function';
