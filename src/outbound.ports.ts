/** An address that was resolved once and found fit to connect to. */
export interface VettedAddress {
  address: string;
  family: 4 | 6;
}

/** Decides where the process may connect to. */
export interface Dialer {
  /**
   * Resolves a host (a name, or an address in any spelling) and gives the address to connect to: connecting to the name
   * again would let its owner answer differently. Throws `HostRefused` and `HostUnknown` of `src/dialer.ts`.
   */
  vet(host: string): Promise<VettedAddress>;
}

export interface OutboundRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  /** `host` and the headers of framing are set from the address and the body, whatever is given here. */
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** For everything: resolving, connecting, sending and reading the answer. */
  timeoutMs: number;
  /** How much of the answer's body is kept; 16 kB unless said. */
  maxBytes?: number;
}

export interface OutboundAnswer {
  ok: true;
  /** Any status, also 3xx: redirects are never followed. */
  status: number;
  headers: Record<string, string>;
  /** As sent, neither decompressed nor decoded; cut at `maxBytes` when `truncated`. */
  body: Uint8Array;
  truncated: boolean;
  /** From the call to the end of the body, in whole milliseconds. */
  ms: number;
}

export interface OutboundFailure {
  ok: false;
  /**
   * `refused_url`: not an http(s) address, http where only https is allowed, or one with a password in it.
   * `refused_host`: a private address. `unknown_host`: the name does not resolve. `unreachable`: no connection, or it
   * broke. `tls`: the certificate or the handshake. `timeout`: `timeoutMs` passed. `bad_answer`: not HTTP.
   */
  code: 'refused_url' | 'refused_host' | 'unknown_host' | 'unreachable' | 'tls' | 'timeout' | 'bad_answer';
  /** For people; holds no header and no body. */
  message: string;
  ms: number;
}

/** Calls to addresses that users have given. */
export interface Outbound {
  /** Never throws for what the network or the receiver does. */
  fetch(url: string, request: OutboundRequest): Promise<OutboundAnswer | OutboundFailure>;
  /** Ends kept connections. */
  close(): Promise<void>;
}
