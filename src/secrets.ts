import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from 'node:crypto';
import type { SecretsPort } from './ports.ts';

/** Thrown when a sealed value cannot be opened: another key sealed it, or it was moved from its place. */
export class SecretUnreadable extends Error {}

const version = 1;
/** Version, fingerprint, nonce and tag: what comes before the ciphertext. A shorter tag would be easier to forge. */
const headBytes = 33;

/**
 * AES-256-GCM with the place (table, row, column) as associated data. The first of `keys` (base64 of 32 bytes) seals, all of them open;
 * a sealed value is version, key fingerprint (4 bytes), nonce (12), tag (16), ciphertext.
 */
export function createSecrets(keys: readonly string[]): SecretsPort {
  const ring = keys.map((key) => ringKey(Buffer.from(key, 'base64')));
  const first = ring[0];
  if (first === undefined) throw new Error('SECRET_KEYS is empty; make one with: openssl rand -base64 32');
  /** Derived once per purpose; purposes are few and named in the code. */
  const signing = new Map<string, Pads>();
  return {
    fingerprint: first.fingerprint,
    seal(plain, place) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', first.sealing, nonce).setAAD(placeBytes(place));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.from([version]), first.fingerprint, nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, place) {
      const key = ring.find((candidate) => candidate.fingerprint.equals(sealed.subarray(1, 5)));
      if (key === undefined || sealed[0] !== version || sealed.length < headBytes)
        throw new SecretUnreadable('No configured key opens this value.');
      const decipher = createDecipheriv('aes-256-gcm', key.sealing, sealed.subarray(5, 17)).setAAD(placeBytes(place));
      decipher.setAuthTag(sealed.subarray(17, 33));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(33)), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new SecretUnreadable('The value does not belong to this place.', { cause });
      }
    },
    sign(purpose, text) {
      const pads = signing.get(purpose) ?? padsOf(derive(first.root, `sign:${purpose}`));
      signing.set(purpose, pads);
      return hmac(pads, text);
    },
  };
}

function ringKey(root: Buffer) {
  return { root, sealing: derive(root, 'seal'), fingerprint: derive(root, 'fingerprint').subarray(0, 4) };
}

/** A key as the two digests of an HMAC begin. */
interface Pads {
  inner: Buffer;
  outer: Buffer;
}

/** Of SHA-256, whose blocks a key is filled up to. */
const blockBytes = 64;

function padsOf(key: Buffer): Pads {
  const block = Buffer.concat([key], blockBytes);
  return { inner: block.map((byte) => byte ^ 0x36) as Buffer, outer: block.map((byte) => byte ^ 0x5c) as Buffer };
}

/**
 * HMAC-SHA-256 (RFC 2104), in base64url. An object of Node's Hmac would be made for each page of each list, and these are costly to collect:
 * two took a tenth of a page's time.
 */
function hmac({ inner, outer }: Pads, text: string): string {
  const digest = hash('sha256', Buffer.concat([inner, Buffer.from(text)]), 'buffer');
  return hash('sha256', Buffer.concat([outer, digest]), 'base64url');
}

const derive = (root: Buffer, info: string): Buffer => Buffer.from(hkdfSync('sha256', root, '', `throughline:${info}`, 32));

const placeBytes = (place: readonly string[]): Buffer => Buffer.from(place.join('\u0000'));
