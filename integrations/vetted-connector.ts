import { buildConnector } from 'undici';
import type { Dialer } from '../src/ports.ts';

/**
 * Makes each new HTTP connection to the one address that the dialer vetted, while Host, server name and certificate check stay those of the
 * address as given.
 */
export function vettedConnector(dialer: Dialer, options: Parameters<typeof buildConnector>[0] = {}): buildConnector.connector {
  const connect = buildConnector({ ...options, allowH2: false });
  return (target, callback) => {
    dialer.vet(target.hostname).then(
      ({ address }) => connect({ ...target, hostname: address }, callback),
      (error: Error) => callback(error, null),
    );
  };
}
