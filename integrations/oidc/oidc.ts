import * as oidc from 'openid-client';
import { AppError, unavailable } from '../../src/errors.ts';
import { isOfManyTenants } from '../../src/identity/issuer.rules.ts';
import type { IdentityProviders, ProviderClient } from '../../src/identity/provider.ports.ts';
import type { Outbound, OutboundRequest } from '../../src/ports.ts';

const callMs = 10_000;
/** Metadata and keys of the large providers take some 20 kB. */
const answerBytes = 1_048_576;
/** How far a provider's clock may be off, before or after ours: its tokens are taken so long before they are issued and after they end. */
const clockToleranceSeconds = 60;
/** Metadata and keys are read anew after this time; a provider rotates its keys with days of overlap. */
const knownMs = 600_000;
const knownAtMost = 100;

/** OpenID Connect through openid-client; each of its calls is one of `outbound`, so that every address is vetted and no redirect followed. `now` is this machine's clock. */
export function openidProviders(outbound: Outbound, now: () => Date): IdentityProviders {
  const known = new Map<string, { config: oidc.Configuration; readAt: number }>();
  const configOf = async (client: ProviderClient): Promise<oidc.Configuration> => {
    const key = JSON.stringify([client.issuer, client.clientId, client.clientSecret]);
    const found = known.get(key);
    if (found !== undefined && performance.now() - found.readAt < knownMs) return found.config;
    const config = await discover(outbound, client);
    if (known.size >= knownAtMost) known.clear();
    known.set(key, { config, readAt: performance.now() });
    return config;
  };
  return {
    begin: (client) =>
      told(client, async () => {
        const config = await configOf(client);
        const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
        const url = oidc.buildAuthorizationUrl(config, {
          redirect_uri: client.redirectUri,
          scope: client.scope,
          state,
          nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          ...(client.requiredAcr.length === 0 ? {} : { acr_values: client.requiredAcr.join(' ') }),
          ...(client.maxAgeSeconds === null ? {} : { max_age: String(client.maxAgeSeconds) }),
        });
        return { url: url.href, checks: { state, nonce, verifier } };
      }),
    finish: (client, query, { state, nonce, verifier }) =>
      told(client, async () => {
        const config = await configOf(client);
        const back = new URL(client.redirectUri);
        back.search = query;
        const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
        const tokens = await oidc.authorizationCodeGrant(config, back, checks);
        const claims = tokens.claims();
        if (claims === undefined) throw new AppError('provider_refused', 401, 'The provider sent no ID token.');
        // The library looks at `exp` alone.
        if (claims.iat > now().getTime() / 1_000 + clockToleranceSeconds) throw clocksApart(undefined);
        if (!isStrong(client, claims, now())) throw tooWeak();
        const more =
          config.serverMetadata().userinfo_endpoint === undefined
            ? {}
            : await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
        // An address and whether it is verified are of one source, never one of each.
        const verified = claims.email === undefined ? {} : { email_verified: undefined };
        return { subject: claims.sub, claims: { ...more, ...verified, ...claims } };
      }),
  };
}

/** Whether the ID token says that its bearer signed in as the client requires (Core 1.0, sections 2 and 3.1.2.1): what it leaves out is not so. */
function isStrong({ requiredAcr, requiredAmr, maxAgeSeconds }: ProviderClient, claims: oidc.IDToken, now: Date): boolean {
  const { acr, amr, auth_time } = claims;
  const oldest = now.getTime() / 1_000 - (maxAgeSeconds ?? 0) - clockToleranceSeconds;
  return (
    (requiredAcr.length === 0 || requiredAcr.some((level) => level === acr)) &&
    (requiredAmr.length === 0 || (Array.isArray(amr) && requiredAmr.some((way) => amr.includes(way)))) &&
    (maxAgeSeconds === null || (typeof auth_time === 'number' && auth_time >= oldest))
  );
}

const tooWeak = (): AppError =>
  new AppError(
    'provider_too_weak',
    401,
    'The provider does not say that you signed in there as strongly and as lately as this hub requires; sign in there anew, with a second factor.',
  );

/** Reads the provider's metadata. The signature of ID tokens is checked although they come by TLS: a proxy may end that. */
async function discover(outbound: Outbound, { issuer, clientId, clientSecret }: ProviderClient): Promise<oidc.Configuration> {
  const execute = [oidc.enableNonRepudiationChecks];
  if (issuer.startsWith('http:')) execute.push(oidc.allowInsecureRequests); // whether http is called at all, `outbound` decides
  return oidc
    .discovery(
      new URL(issuer),
      clientId,
      { [oidc.clockTolerance]: clockToleranceSeconds },
      clientSecret === null ? oidc.None() : bySecret(clientSecret),
      { [oidc.customFetch]: fetchThrough(outbound), execute },
    )
    .catch((error: unknown) => {
      throw namesAnother(issuer, error) ?? providerAway(issuer, error);
    });
}

/**
 * What is found at an issuer's address must call itself by that name, letter by letter (Discovery 1.0, section 4.3): one that calls itself
 * by a template speaks for many organisations, and anybody of any of them could come in.
 */
function namesAnother(issuer: string, error: unknown): AppError | undefined {
  const mismatch = mismatchIn(error);
  if (mismatch === undefined) return undefined;
  const { body } = mismatch;
  const own = typeof body?.issuer === 'string' ? body.issuer.slice(0, 500) : 'something else';
  return new AppError('provider_issuer_differs', 409, `${issuer} calls itself ${own}. ${remedyFor(own)}`, {}, error);
}

/** What openid-client says, beneath an error of its own, of metadata that name another issuer. */
function mismatchIn(error: unknown): { body?: { issuer?: unknown } } | undefined {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth++) {
    if ('attribute' in at && at.attribute === 'issuer') return at as { body?: { issuer?: unknown } }; // as oauth4webapi makes it
    at = 'cause' in at ? at.cause : undefined;
  }
  return undefined;
}

const remedyFor = (own: string): string =>
  isOfManyTenants(own)
    ? 'That stands for many organisations; an admin is to name the issuer of your own.'
    : 'An admin is to set the provider up with that issuer.';

/** In the body where the provider takes it there, else in the header, which is the default (Discovery 1.0, section 3). */
function bySecret(secret: string): oidc.ClientAuth {
  const [inBody, inHeader] = [oidc.ClientSecretPost(secret), oidc.ClientSecretBasic(secret)];
  return (server, ...rest) => {
    const inBodyToo = server.token_endpoint_auth_methods_supported?.includes('client_secret_post') ?? false;
    return (inBodyToo ? inBody : inHeader)(server, ...rest);
  };
}

class Unreachable extends Error {}

function fetchThrough(outbound: Outbound): oidc.CustomFetch {
  return async (url, { method, headers, body }) => {
    const answer = await outbound.fetch(url, {
      method: method as OutboundRequest['method'], // GET and POST are what OpenID Connect calls
      headers,
      ...(body === undefined || body === null ? {} : { body: String(body) }),
      timeoutMs: callMs,
      maxBytes: answerBytes,
    });
    if (!answer.ok) throw new Unreachable(answer.message);
    if (answer.truncated) throw new Unreachable('its answer is too long');
    const content = [204, 205, 304].includes(answer.status) ? null : Buffer.from(answer.body);
    return new Response(content, { status: answer.status, headers: answer.headers });
  };
}

/** What is no answer of OpenID Connect at all: an error page, another service. */
const noAnswer = new Set(['OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON', 'OAUTH_PARSE_ERROR']);

/** Runs a step of a sign-in, and tells what went wrong in our words: the provider's own texts stay in the log. */
async function told<T>({ issuer }: ProviderClient, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (noAnswer.has(String((error as { code?: unknown }).code)) || awayIn(error) !== undefined)
      throw providerAway(issuer, error);
    if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError) {
      const word = /^[a-z_]{1,50}$/.test(error.error) ? error.error : 'error';
      throw new AppError('provider_refused', 401, `The provider refused the sign-in (${word}).`, {}, error);
    }
    if ((error as { code?: unknown }).code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') throw clocksApart(error);
    throw new AppError('provider_refused', 401, 'The answer of the provider does not belong to this sign-in.', {}, error);
  }
}

const clocksApart = (error: unknown): AppError =>
  new AppError(
    'provider_clock_off',
    401,
    `The provider's answer is of another time, by more than ${clockToleranceSeconds} seconds: set its clock or the one here right (NTP), and begin again.`,
    {},
    error,
  );

function providerAway(issuer: string, error: unknown): AppError {
  const away = awayIn(error);
  const story = away === undefined ? 'does not answer as an OpenID Connect provider' : `cannot be reached: ${away.message}`;
  return unavailable('provider', `${issuer} ${story}.`, error);
}

/** openid-client wraps what its fetch throws. */
function awayIn(error: unknown): Unreachable | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
    if (at instanceof Unreachable) return at;
  return undefined;
}
