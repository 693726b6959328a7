import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { presets, schemeOf } from '../../src/webhooks/presets.ts';
import { SignatureScheme } from '../../src/webhooks/scheme.schema.ts';
import { type Headers, newWebhookSecret, signStandard, verifySignature } from '../../src/webhooks/signature.rules.ts';

const now = new Date('2026-03-01T12:00:00Z');

function verify(scheme: SignatureScheme, body: string, headers: Headers, secrets: string[], at = now) {
  return verifySignature(scheme, { rawBody: Buffer.from(body), headers, secrets, now: at });
}

/** What the command line says, hex or base64. */
function openssl(digest: string, key: string, signed: string, encoding: 'hex' | 'base64' = 'hex'): string {
  const hexKey = Buffer.from(key, 'utf8').toString('hex');
  const out = execFileSync('openssl', ['dgst', `-${digest}`, '-mac', 'HMAC', '-macopt', `hexkey:${hexKey}`, '-binary'], {
    input: signed,
  });
  return out.toString(encoding);
}

describe('the standard preset', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  const body = '{"test": 2432232314}';
  const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  const headers = { 'webhook-id': id, 'webhook-timestamp': '1614265330', 'webhook-signature': signature };
  const sentAt = new Date(1614265330_000);

  test('accepts the published vector and takes its id for the dedupe key', () => {
    expect(verify(presets.standard, body, headers, [secret], sentAt)).toEqual({ ok: true, dedupeKey: id });
  });

  test('signs the published vector, once per secret', () => {
    const other = newWebhookSecret();
    const signed = signStandard({ id, timestamp: 1614265330, body, secrets: [secret, other] });
    expect(signed.split(' ')[0]).toBe(signature);
    for (const known of [secret, other]) {
      expect(verify(presets.standard, body, { ...headers, 'webhook-signature': signed }, [known], sentAt).ok).toBe(true);
    }
  });

  test('accepts the right one among several signatures and passes over other versions', () => {
    const many = `v1a,AAAA v1,AAAA ${signature}`;
    expect(verify(presets.standard, body, { ...headers, 'webhook-signature': many }, [secret], sentAt).ok).toBe(true);
    const none = { ...headers, 'webhook-signature': 'v1a,AAAA' };
    expect(verify(presets.standard, body, none, [secret], sentAt)).toEqual({ ok: false, reason: 'malformed' });
  });

  test('refuses a request from more than five minutes ago, or ahead', () => {
    for (const [ms, reason] of [
      [300_000, null],
      [300_001, 'stale'],
      [-300_000, null],
      [-300_001, 'stale'],
    ] as const) {
      const verdict = verify(presets.standard, body, headers, [secret], new Date(sentAt.getTime() + ms));
      expect(verdict.ok ? null : verdict.reason).toBe(reason);
    }
  });

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('refuses a request without %s', (name) => {
    expect(verify(presets.standard, body, { ...headers, [name]: undefined }, [secret], sentAt)).toEqual({
      ok: false,
      reason: 'missing_header',
    });
  });

  test.each(['abc', '-1', '1e9', '1614265330.5', '9'.repeat(16)])('calls the timestamp %s malformed', (time) => {
    const verdict = verify(presets.standard, body, { ...headers, 'webhook-timestamp': time }, [secret], sentAt);
    expect(verdict).toEqual({ ok: false, reason: 'malformed' });
  });

  test('refuses a header that was sent twice', () => {
    const twice = { ...headers, 'webhook-id': [id, 'msg_other'] };
    expect(verify(presets.standard, body, twice, [secret], sentAt)).toEqual({ ok: false, reason: 'missing_header' });
  });
});

describe('the github preset', () => {
  const headers = {
    'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  };
  const secret = "It's a Secret to Everybody";

  test('accepts the published vector', () => {
    const verdict = verify(presets.github, 'Hello, World!', headers, [secret]);
    expect(verdict).toEqual({ ok: true, dedupeKey: '72d3162e-cc78-11e3-81ab-4c9367dc0958' });
  });

  test('refuses another body, another secret, and no secret', () => {
    expect(verify(presets.github, 'Hello, World?', headers, [secret])).toEqual({ ok: false, reason: 'mismatch' });
    expect(verify(presets.github, 'Hello, World!', headers, ['other'])).toEqual({ ok: false, reason: 'mismatch' });
    expect(verify(presets.github, 'Hello, World!', headers, [])).toEqual({ ok: false, reason: 'no_secret' });
  });
});

describe('the hmac preset', () => {
  test.each([
    ['hmac-sha1', 'sha1', 'hex'],
    ['hmac-sha256', 'sha256', 'base64'],
    ['hmac-sha512', 'sha512', 'hex'],
  ] as const)('agrees with openssl on %s', (algorithm, digest, encoding) => {
    const scheme = schemeOf('hmac', { algorithm, encoding });
    const headers = { 'x-signature': openssl(digest, 'sécret', '{"ä":1}', encoding) };
    expect(verify(scheme, '{"ä":1}', headers, ['old', 'sécret'])).toEqual({ ok: true });
  });

  test('reads a time and several signatures out of one header, as Stripe sends them', () => {
    const scheme = schemeOf('hmac', {
      header: 'stripe-signature',
      prefix: 'v1=',
      separator: ',',
      template: '{time}.{body}',
      time: { header: 'stripe-signature', prefix: 't=', unit: 's', toleranceMs: 300_000 },
    });
    const time = String(now.getTime() / 1_000);
    const good = openssl('sha256', 'whsec_test', `${time}.{}`);
    const header = { 'stripe-signature': `t=${time},v1=${'0'.repeat(64)},v1=${good},v0=6ffbb59b` };
    expect(verify(scheme, '{}', header, ['whsec_test'])).toEqual({ ok: true });
    expect(verify(scheme, '{}', { 'stripe-signature': `v1=${good}` }, ['whsec_test'])).toEqual({
      ok: false,
      reason: 'missing_header',
    });
  });

  test("accepts Slack's published vector", () => {
    const scheme = schemeOf('hmac', {
      header: 'x-slack-signature',
      prefix: 'v0=',
      template: 'v0:{time}:{body}',
      time: { header: 'x-slack-request-timestamp', prefix: '', unit: 's', toleranceMs: 300_000 },
    });
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    const headers = {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    };
    const verdict = verify(scheme, body, headers, ['8f742231b10e8888abcd99yyyzzz85a5'], new Date(1531420618_000));
    expect(verdict).toEqual({ ok: true });
  });

  test('never takes an empty secret for a key', () => {
    const keyless = execFileSync('node', ['-p', 'crypto.createHmac("sha256", "").update("{}").digest("hex")']).toString().trim();
    expect(verify(presets.hmac, '{}', { 'x-signature': keyless }, [''])).toEqual({ ok: false, reason: 'no_secret' });
  });

  test('refuses every other signature and every other body', () => {
    const headers = { 'x-signature': openssl('sha256', 'secret', 'body') };
    fc.assert(
      fc.property(fc.string(), fc.string(), (body, signature) => {
        expect(verify(presets.hmac, body, headers, ['secret']).ok).toBe(body === 'body');
        expect(verify(presets.hmac, 'body', { 'x-signature': signature }, ['secret']).ok).toBe(false);
      }),
    );
  });
});

describe('the token preset', () => {
  test.each(['Bearer s3cret-token', 'bearer s3cret-token'])('accepts "%s"', (authorization) => {
    expect(verify(presets.token, '', { authorization }, ['old', 's3cret-token'])).toEqual({ ok: true });
  });

  test.each(['Bearer s3cret-toke', 'Bearer s3cret-token2', 'Bearer S3CRET-TOKEN'])('refuses "%s"', (authorization) => {
    expect(verify(presets.token, '', { authorization }, ['s3cret-token'])).toEqual({ ok: false, reason: 'mismatch' });
  });

  test('refuses an empty token and another scheme', () => {
    expect(verify(presets.token, '', { authorization: 'Bearer ' }, [''])).toEqual({ ok: false, reason: 'malformed' });
    expect(verify(presets.token, '', { authorization: 'Basic abc' }, ['abc'])).toEqual({ ok: false, reason: 'malformed' });
  });

  test('takes any header when the source says so', () => {
    const scheme = schemeOf('token', { header: 'x-api-key', prefix: '' });
    expect(verify(scheme, '', { 'x-api-key': 'abc' }, ['abc'])).toEqual({ ok: true });
  });
});

test('every preset is a valid scheme, and a template that leaves the body unsigned is not', () => {
  for (const preset of Object.values(presets)) expect(SignatureScheme.parse(preset)).toEqual(preset);
  expect(SignatureScheme.safeParse({ ...presets.hmac, template: '{time}' }).success).toBe(false);
});

test('new secrets are whsec_ and 32 bytes, each time others', () => {
  const secret = newWebhookSecret();
  expect(Buffer.from(secret.replace('whsec_', ''), 'base64')).toHaveLength(32);
  expect(newWebhookSecret()).not.toBe(secret);
});
