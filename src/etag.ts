import { hash } from 'node:crypto';
import type { App } from './http.ts';

/**
 * Gives each JSON answer to a GET a weak ETag, a hash of its bytes before compression, and answers 304 without a body to a client that has it
 * already (RFC 9110, section 13.1.2).
 */
export function entityTags(app: App): void {
  app.addHook('onSend', (req, reply, payload, done) => {
    if (req.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string' || reply.hasHeader('etag'))
      return done(null, payload);
    const bytes = Buffer.from(payload); // as text it would be encoded once for the hash, once for its length and once to be sent
    const tag = `W/"${hash('sha256', bytes, 'base64url')}"`; // processors have instructions for it: quicker than older ones
    reply.header('etag', tag);
    const known = req.headers['if-none-match'];
    if (known === undefined || !known.split(',').some((one) => one.trim() === tag || one.trim() === '*'))
      return done(null, bytes);
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    done(null, '');
  });
}
