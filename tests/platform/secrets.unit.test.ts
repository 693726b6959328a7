import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSecrets, SecretUnreadable } from '../../src/secrets.ts';

const aKey = () => randomBytes(32).toString('base64');
const place = ['mailboxes', '1', 'password'] as const;

it('opens a value in the place it was sealed for, and nowhere else', () => {
  const secrets = createSecrets([aKey()]);
  const sealed = secrets.seal('hunter2 💥', place);
  expect(secrets.open(sealed, place)).toBe('hunter2 💥');
  expect(sealed.includes('hunter2')).toBe(false);
  for (const other of [
    ['mailboxes', '2', 'password'],
    ['mailboxes', '1', 'token'],
    ['webhooks', '1', 'password'],
    ['mailboxes\u00001', '', 'password'],
  ] as const) {
    expect(() => secrets.open(sealed, other), other.join()).toThrow(SecretUnreadable);
  }
});

it('seals the same value differently each time', () => {
  const secrets = createSecrets([aKey()]);
  expect(secrets.seal('same', place).equals(secrets.seal('same', place))).toBe(false);
});

it('rotates: the first key seals, all of them open, and one that is gone opens no more', () => {
  const [old, fresh] = [aKey(), aKey()];
  const sealed = createSecrets([old]).seal('value', place);
  const both = createSecrets([fresh, old]);
  expect(both.open(sealed, place)).toBe('value');
  const resealed = both.seal(both.open(sealed, place), place);
  expect(createSecrets([fresh]).open(resealed, place)).toBe('value');
  expect(() => createSecrets([fresh]).open(sealed, place)).toThrow(SecretUnreadable);
});

it('refuses a value with any bit changed, and one cut short', () => {
  const secrets = createSecrets([aKey()]);
  const sealed = secrets.seal('value', place);
  for (let at = 0; at < sealed.length; at++) {
    const bent = Buffer.from(sealed);
    bent[at] = (bent[at] ?? 0) ^ 1;
    expect(() => secrets.open(bent, place), `byte ${at}`).toThrow(SecretUnreadable);
  }
  for (const length of [0, 1, 5, 17, 32]) expect(() => secrets.open(sealed.subarray(0, length), place)).toThrow(SecretUnreadable);
});

it('signs for a purpose', () => {
  const secrets = createSecrets([aKey()]);
  expect(secrets.sign('cursor', 'x')).toBe(secrets.sign('cursor', 'x'));
  expect(secrets.sign('cursor', 'x')).not.toBe(secrets.sign('link', 'x'));
});
