import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
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

/** Where it stands on its origin, and other paths that lead to the same. */
interface Mounted {
  path?: string;
  alsoAt?: readonly string[];
}

/** Starts it. Whoever signs in agrees to everything. */
export async function startOpenidServer({ path = '', alsoAt = [] }: Mounted = {}): Promise<OpenidServer> {
  const people: People = new Map();
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const redirectUris = new Set<string>();
  const provider = new Provider(issuer, configuration(people));
  provider.Client.prototype.redirectUriAllowed = (uri) => redirectUris.has(uri);
  const { loginAccount } = provider.Session.prototype;
  provider.Session.prototype.loginAccount = function logIn(details) {
    const { acr, amr } = people.get(details.accountId ?? '') ?? {};
    return loginAccount.call(this, {
      ...details,
      ...(acr === undefined ? {} : { acr }),
      ...(amr === undefined ? {} : { amr }),
    } as typeof details); // as odd as a test says
  };
  const answer = provider.callback();
  server.on('request', (request: IncomingMessage & { originalUrl?: string }, response) => {
    const mount = [path, ...alsoAt].find((one) => request.url?.startsWith(`${one}/`)) ?? '';
    // As a router would that it is mounted in; it reads its own path off the difference.
    request.originalUrl = request.url ?? '/';
    request.url = request.originalUrl.slice(mount.length);
    void answer(request, response);
  });
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

/** What a provider in another process is told. */
export interface OpenidNews {
  /** How far its clock is ahead of ours; behind it, when below 0. */
  clockAheadSeconds?: number;
  leadTo?: string;
  person?: { subject: string; claims: Record<string, unknown> };
}

/** The same in a process of its own, whose clock can be set apart from ours. */
export async function startDistantOpenid() {
  const child = fork(join(import.meta.dirname, '../openid-child.ts'));
  const [issuer] = (await once(child, 'message')) as [string];
  return {
    issuer,
    clientId,
    clientSecret,
    visit,
    async tell(news: OpenidNews): Promise<void> {
      const heard = once(child, 'message');
      child.send(news);
      await heard;
    },
    stop: () => void child.kill('SIGKILL'),
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
    acrValues: ['urn:gold', 'urn:silver'],
    claims: { openid: ['sub', 'acr', 'amr'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
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
