import { ImapFlow } from 'imapflow';
import type { ImapServers, MailConnection, MailServerSettings, PartResult } from '../../src/email/mail.ports.ts';
import { dialled, type MailNetwork, timeoutMs, tlsOptions, within } from '../mail-network.ts';
import { ImapConnection } from './imap-connection.ts';
import { imapFailure } from './imap-failure.ts';

/** `pollMs`: how often to look on servers without IDLE, 30,000 by default. */
export interface ImapNetwork extends MailNetwork {
  pollMs?: number;
}

/** IMAP4rev1 servers (RFC 3501, 9051) by ImapFlow, reached only at addresses that `network.dial` allows. */
export function imapServers(network: ImapNetwork): ImapServers {
  return {
    connect: (settings) => connect(network, settings),
    testImap: (settings) => testImap(network, settings),
  };
}

async function connect(network: ImapNetwork, settings: MailServerSettings): Promise<MailConnection> {
  const client = await newClient(network, settings);
  // ImapFlow also emits what it rejects with; without a listener that would end the process.
  client.on('error', () => undefined);
  try {
    // Each phase has a limit of its own inside ImapFlow; this one bounds their sum and the sign-in.
    await within(timeoutMs(network) * 2, client.connect(), 'connecting');
  } catch (error) {
    client.close();
    throw imapFailure(error);
  }
  return new ImapConnection(client, { limitMs: timeoutMs(network), pollMs: network.pollMs ?? 30_000 });
}

async function newClient(network: ImapNetwork, settings: MailServerSettings): Promise<ImapFlow> {
  const limit = timeoutMs(network);
  const { username, password } = settings.auth;
  return new ImapFlow({
    host: await dialled(network, settings.host),
    servername: settings.host,
    port: settings.port,
    secure: settings.security === 'tls',
    ...(settings.security === 'tls' ? {} : { doSTARTTLS: settings.security === 'starttls' }),
    auth: { user: username, pass: password },
    tls: tlsOptions(network),
    clientInfo: { name: 'Throughline' },
    logger: false,
    connectionTimeout: limit,
    greetingTimeout: limit,
    socketTimeout: IDLE_RESTART_MS + 60_000,
    maxIdleTime: IDLE_RESTART_MS,
    // Switched on by a watch; then ImapFlow idles this long after the last command.
    disableAutoIdle: true,
    autoIdleDelay: 50,
    // Its default is 1 GB.
    maxLiteralSize: 256 * 1024 * 1024,
  });
}

/** Many routers and servers forget a silent connection after 5 minutes or more. */
const IDLE_RESTART_MS = 4 * 60_000;

async function testImap(network: ImapNetwork, settings: MailServerSettings): Promise<PartResult> {
  try {
    const connection = await connect(network, settings);
    try {
      await connection.listFolders();
    } finally {
      await connection.close();
    }
    return { ok: true };
  } catch (error) {
    const failure = imapFailure(error);
    return { ok: false, code: failure.kind, message: failure.message };
  }
}
