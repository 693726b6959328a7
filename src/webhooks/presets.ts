import type { SchemeOverrides, SignatureScheme } from './scheme.schema.ts';

const fiveMinutesMs = 5 * 60_000;

const hmac: SignatureScheme = {
  algorithm: 'hmac-sha256',
  encoding: 'hex',
  header: 'x-signature',
  prefix: '',
  separator: null,
  template: '{body}',
  secretEncoding: 'utf8',
  time: null,
  dedupeHeader: null,
};

/** The known senders. `hmac` is the plain form that most of the others are a variation of. */
export const presets = {
  /** Standard Webhooks 1.0, symmetric signatures: https://github.com/standard-webhooks/standard-webhooks */
  standard: {
    ...hmac,
    encoding: 'base64',
    header: 'webhook-signature',
    prefix: 'v1,',
    separator: ' ',
    template: '{header:webhook-id}.{time}.{body}',
    secretEncoding: 'whsec',
    time: { header: 'webhook-timestamp', prefix: '', unit: 's', toleranceMs: fiveMinutesMs },
    dedupeHeader: 'webhook-id',
  },
  /** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
  github: { ...hmac, header: 'x-hub-signature-256', prefix: 'sha256=', dedupeHeader: 'x-github-delivery' },
  hmac,
  /** A shared secret sent as it is: RFC 6750 section 2.1, or with overrides any header. */
  token: { ...hmac, algorithm: 'token', header: 'authorization', prefix: 'Bearer ' },
} as const satisfies Record<string, SignatureScheme>;

export type PresetName = keyof typeof presets;

/** The preset with what the source says differently; settings left out or undefined keep the preset's. */
export function schemeOf(preset: PresetName, overrides: SchemeOverrides = {}): SignatureScheme {
  const said = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return { ...presets[preset], ...said };
}
