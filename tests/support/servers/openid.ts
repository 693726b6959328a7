import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration } from 'oidc-provider';

/** What the provider knows of somebody: the claims it gives, by their subject. */
export type People = Map<string, Record<string, unknown>>;

/** A real OpenID Connect provider on loopback, whose log-in page takes any password. */
export interface OpenidServer {
  issuer: string;
  clientId: string;
  clientSecret: string;
  people: People;
  /** Where it may lead back to; the hub's address is known only once it listens. */
  leadTo(redirectUri: string): void;
  /** Signs somebody in as a browser would, and gives the query of the address that they are led back to. */
  visit(url: string, subject: string): Promise<string>;
  stop(): Promise<void>;
}

const clientId = 'throughline';
export const clientSecret = 'canary-openid-client-secret-7f3a9d';

/** Starts it. Whoever signs in agrees to everything. */
export async function startOpenidServer(): Promise<OpenidServer> {
  const people: People = new Map();
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const redirectUris = new Set<string>();
  const provider = new Provider(issuer, configuration(people));
  provider.Client.prototype.redirectUriAllowed = (uri) => redirectUris.has(uri);
  server.on('request', provider.callback());
  return {
    issuer,
    clientId,
    clientSecret,
    people,
    leadTo: (redirectUri) => void redirectUris.add(redirectUri),
    visit,
    stop: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function configuration(people: People): Configuration {
  return {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: ['http://127.0.0.1/unused'],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    cookies: { keys: ['for tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: async () => ({ sub, ...people.get(sub) }) }),
    async loadExistingGrant(ctx) {
      const { client, session, params, provider } = ctx.oidc;
      const grant = new provider.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' });
      grant.addOIDCScope(String(params?.scope));
      await grant.save();
      return grant;
    },
  };
}

/** Follows redirects with the cookies it is given, filling in the log-in page, up to the first address that is another's. */
async function visit(start: string, subject: string): Promise<string> {
  const cookies = new Map<string, string>();
  const { origin } = new URL(start);
  let url = new URL(start);
  let form: URLSearchParams | undefined;
  for (let hops = 0; hops < 12; hops++) {
    const answer: Response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    const page = await answer.text();
    form = undefined;
    if (location !== null) {
      url = new URL(location, url);
      if (url.origin !== origin) return url.search;
    } else {
      const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
      if (action === undefined)
        throw new Error(
          `The provider answered ${answer.status}: ${page.replaceAll(/<style>.*<\/style>|<[^>]+>|\s+/gs, ' ').slice(0, 500)}`,
        );
      url = new URL(action, url);
      form = new URLSearchParams({ prompt: 'login', login: subject, password: 'any' });
    }
  }
  throw new Error('The provider led round and round.');
}
