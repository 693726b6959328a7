import { createHash, randomBytes } from 'node:crypto';

/** A token of 256 random bits for a cookie or a link; only its hash is stored. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** How tokens are stored. */
export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest();
