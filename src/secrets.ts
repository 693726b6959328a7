import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
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
  const signing = new Map<string, KeyObject>();
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
      const key = signing.get(purpose) ?? createSecretKey(derive(first.root, `sign:${purpose}`));
      signing.set(purpose, key);
      return createHmac('sha256', key).update(text).digest('base64url');
    },
  };
}

function ringKey(root: Buffer) {
  return { root, sealing: derive(root, 'seal'), fingerprint: derive(root, 'fingerprint').subarray(0, 4) };
}

const derive = (root: Buffer, info: string): Buffer => Buffer.from(hkdfSync('sha256', root, '', `throughline:${info}`, 32));

const placeBytes = (place: readonly string[]): Buffer => Buffer.from(place.join('\u0000'));
