import { createHash } from 'node:crypto';
import { invalidField } from '../errors.ts';
import type { App } from '../http.ts';

const callMs = 3_000;
/** A range has some 2,000 lines of 40 letters. */
const answerBytes = 262_144;

/**
 * For a route that sets `password`: throws 400 `password_breached` for one that is in the list of `BREACHED_PASSWORDS_URL`. The list is asked
 * for the first five letters of its SHA-1 alone (the range search of Have I Been Pwned), before any transaction. A list that does not answer
 * keeps nobody out: the password has been, or is, compared with the common ones here too.
 */
export const unbreached =
  ({ services: { config, ports } }: App) =>
  async ({ body, log }: { body: unknown; log: { warn(told: object, what: string): void } }): Promise<void> => {
    const { password } = body as { password?: string }; // as the routes' schemas have it
    if (config.breachedPasswordsUrl === undefined || password === undefined) return;
    const hash = createHash('sha1').update(password.normalize('NFKC')).digest('hex').toUpperCase();
    const answer = await ports.outbound.fetch(new URL(hash.slice(0, 5), config.breachedPasswordsUrl).href, {
      method: 'GET',
      headers: { 'add-padding': 'true', 'user-agent': 'Throughline' },
      timeoutMs: callMs,
      maxBytes: answerBytes,
    });
    if (!answer.ok || answer.status !== 200) {
      const reason = answer.ok ? `it answered ${answer.status}` : answer.message;
      log.warn({ reason }, 'a password was not compared with the breached ones');
      return;
    }
    // Padding has lines that stand for no password, with a count of 0.
    const found = Buffer.from(answer.body)
      .toString('latin1')
      .match(new RegExp(`^${hash.slice(5)}:(\\d+)`, 'im'));
    if (Number(found?.[1] ?? 0) > 0) {
      const message = 'This password has come to light in a breach of some other service; take another one, and change it there.';
      throw invalidField('/password', 'password_breached', message);
    }
  };
