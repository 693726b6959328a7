/** How the hub is known to an OpenID Connect provider. */
export interface ProviderClient {
  issuer: string;
  clientId: string;
  /** Null for a public client: PKCE alone. */
  clientSecret: string | null;
  /** Space-separated, with `openid`. */
  scope: string;
  /** Where the provider sends the browser back to. */
  redirectUri: string;
  /** One of these is the `acr` of whoever comes in; any `acr` when there are none. */
  requiredAcr: readonly string[];
  /** One of these is in the `amr` of whoever comes in. */
  requiredAmr: readonly string[];
  /** How long ago they may have signed in there; null for any time. */
  maxAgeSeconds: number | null;
}

/** What one sign-in is held to when the browser comes back. Secret, and bound to that browser. */
export interface ProviderChecks {
  state: string;
  nonce: string;
  verifier: string;
}

/** Who a provider says it was. */
export interface ProviderAnswer {
  /** Never another person's at this issuer. */
  subject: string;
  /** Of the ID token, and of the user info endpoint where there is one. */
  claims: Readonly<Record<string, unknown>>;
}

/** OpenID Connect: the authorization code flow with PKCE, state and nonce. */
export interface IdentityProviders {
  /** Begins a sign-in: where to send the browser, and what to keep until it is back. Throws `provider_unavailable`. */
  begin(client: ProviderClient): Promise<{ url: string; checks: ProviderChecks }>;
  /**
   * Ends it. `query` is that of the address which the browser came back to. Throws `provider_refused` when the provider or the checks say
   * no, `provider_too_weak` when it does not say that they signed in as strongly or as lately as is required, and `provider_unavailable`.
   */
  finish(client: ProviderClient, query: string, checks: ProviderChecks): Promise<ProviderAnswer>;
}
