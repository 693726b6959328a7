import type { Logger } from 'pino';
import { createOutbound } from '../integrations/http/outbound.ts';
import { imapServers } from '../integrations/imap/imap.ts';
import { createEvaluator } from '../integrations/jsonata/evaluator.ts';
import { openidProviders } from '../integrations/oidc/oidc.ts';
import { smtpServers } from '../integrations/smtp/smtp.ts';
import { createSystemMail } from '../integrations/smtp/system-mail.ts';
import { createCommits } from '../src/commits.ts';
import type { Config } from '../src/config.ts';
import type { Database } from '../src/database.ts';
import { createDialer } from '../src/dialer.ts';
import { pointedTo } from '../src/editing/editable.ts';
import { rememberCustomFields } from '../src/fields/remembered.ts';
import { startLive } from '../src/live.ts';
import type { Ports, SecretsPort } from '../src/ports.ts';
import { openQueues, type Queues } from '../src/queues.ts';
import { rememberRecordSettings } from '../src/settings.ts';
import { connectWorkflows, type RunsClient } from '../workers/runs.ts';
import { openFiles } from './files.ts';
import type { Engines } from './roles.ts';

export interface PortsOptions {
  config: Config;
  engines: Engines;
  secrets: SecretsPort;
  db: Database;
  log: Logger;
}

/** The implementations behind `ctx.ports`, and how to let go of them. */
export interface OpenPorts {
  ports: Ports;
  queues: Queues;
  runs: RunsClient;
  close(): Promise<void>;
}

/** Makes each engine's and each integration's implementation once. Nothing is connected to before it is needed. */
export function openPorts({ config, engines, secrets, db, log }: PortsOptions): OpenPorts {
  const queues = openQueues({ databaseUrl: engines.databaseUrl, redisUrl: engines.redisUrl, log });
  const live = startLive({ db, log });
  const commits = createCommits();
  const customFields = rememberCustomFields({ commits, live }, pointedTo);
  const recordSettings = rememberRecordSettings({ commits, live });
  const runs = connectWorkflows({ address: engines.temporal.address, log });
  const dialer = createDialer({ allowPrivateHosts: config.allowPrivateHosts });
  const outbound = createOutbound({ dialer, allowHttp: config.allowPrivateHosts.length > 0 });
  const evaluator = createEvaluator();
  const network = { dial: async (host: string) => (await dialer.vet(host)).address };
  const mailServers = { ...imapServers(network), ...smtpServers(network) };
  const systemMail = createSystemMail(config);
  const store = openFiles(config);
  return {
    ports: {
      commits,
      secrets,
      queues,
      live,
      customFields,
      recordSettings,
      runs,
      dialer,
      outbound,
      evaluator,
      mailServers,
      systemMail,
      identityProviders: openidProviders(outbound, () => new Date()),
      files: store.files,
    },
    queues,
    runs,
    async close() {
      await Promise.all([live.stop(), evaluator.close(), outbound.close(), store.close(), runs.close(), queues.close()]);
    },
  };
}
