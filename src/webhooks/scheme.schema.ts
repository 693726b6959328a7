import { z } from 'zod';

const HeaderName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'must be a header name in lower case');

/**
 * How a sender proves that a request is his: data for `verifySignature`.
 *
 * - `template` is what is signed: `{body}` the raw bytes, `{time}` the time as sent, `{header:<name>}` a header's value.
 * - `separator` stands between several values in the signature header; those without `prefix` are passed over.
 * - `time` says where the moment of sending is: a header of its own, or a prefixed value (`t=`) in the signature header.
 * - `secretEncoding` `whsec`: the part after an optional `whsec_` is base64 (Standard Webhooks).
 * - algorithm `token`: nothing is signed, the header's value is the secret itself.
 */
export const SignatureScheme = z.strictObject({
  algorithm: z.enum(['hmac-sha1', 'hmac-sha256', 'hmac-sha512', 'token']),
  encoding: z.enum(['hex', 'base64']),
  header: HeaderName,
  prefix: z.string().max(32),
  separator: z.enum([' ', ',']).nullable(),
  template: z.string().max(300).includes('{body}'),
  secretEncoding: z.enum(['utf8', 'whsec']),
  time: z
    .strictObject({
      header: HeaderName,
      prefix: z.string().max(32),
      unit: z.enum(['s', 'ms']),
      toleranceMs: z.int().min(1_000).max(86_400_000),
    })
    .nullable(),
  dedupeHeader: HeaderName.nullable(),
});
export type SignatureScheme = z.infer<typeof SignatureScheme>;

/** What a source may say differently from its preset. */
export const SchemeOverrides = SignatureScheme.partial();
export type SchemeOverrides = z.infer<typeof SchemeOverrides>;
