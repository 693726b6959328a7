import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { diskFiles } from '../../integrations/files/disk.ts';
import { createOutbound } from '../../integrations/http/outbound.ts';
import { imapServers } from '../../integrations/imap/imap.ts';
import { createEvaluator } from '../../integrations/jsonata/evaluator.ts';
import { openidProviders } from '../../integrations/oidc/oidc.ts';
import { smtpServers } from '../../integrations/smtp/smtp.ts';
import { createSystemMail } from '../../integrations/smtp/system-mail.ts';
import { type App, buildApp } from '../../src/app.ts';
import { createCommits } from '../../src/commits.ts';
import { type Config, readConfig } from '../../src/config.ts';
import type { Consumer } from '../../src/consumers.ts';
import { type Context, rootCause, type Services, systemActor, transact } from '../../src/context.ts';
import { openDatabase } from '../../src/database.ts';
import { createDialer } from '../../src/dialer.ts';
import { pointedTo } from '../../src/editing/editable.ts';
import { unavailable } from '../../src/errors.ts';
import { rememberCustomFields } from '../../src/fields/remembered.ts';
import { createKey } from '../../src/identity/keys.ts';
import { createUser } from '../../src/identity/users.ts';
import { startLive } from '../../src/live.ts';
import type { Ports } from '../../src/ports.ts';
import { openQueues } from '../../src/queues.ts';
import { type Relay, startRelay } from '../../src/relay.ts';
import { createSecrets } from '../../src/secrets.ts';
import { rememberRecordSettings } from '../../src/settings.ts';
import { startJobs } from '../../workers/jobs.ts';
import { checkAnswers } from './answers.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** An answer of the API: status, headers, and the parsed body. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | number | undefined>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape, and the answer check has compared it with its schema
  body: any;
}

export interface CallOptions {
  body?: unknown;
  key?: string | null;
  headers?: Record<string, string>;
}

/** Calls the API as the holder of a key. `path` begins behind `/api/v1` unless it starts with `//`. */
export type Call = (method: string, path: string, options?: CallOptions) => Promise<Answer>;

/** A user of a hub, with a key that acts as them. */
export interface Person {
  id: string;
  email: string;
  password: string;
  key: string;
}

/** A whole hub in this process, on a database of its own. */
export interface Hub {
  app: App;
  services: Services;
  database: TestDatabase;
  /** What seals its secrets, for another process that is to open them. */
  secretKey: string;
  /** Where stored files are. */
  filesFolder: string;
  /** An admin user with a key; `call` uses that key. */
  admin: Person;
  call: Call;
  /** A user of a role with a key. */
  aUser(role: string, name?: string): Promise<Person>;
  /** A rep with a key. */
  aRep(name?: string): Promise<Person>;
  /** Runs a deed in one transaction as the hub itself. */
  deed<T>(work: (ctx: Context) => Promise<T>): Promise<T>;
  relay: Relay | undefined;
  stop(): Promise<void>;
}

export interface HubOptions {
  config?: Partial<Config>;
  ports?: Partial<Ports>;
  /** With consumers the relay runs; the empty list is the sequencer alone. */
  consumers?: readonly Consumer[];
  /** With it the jobs run too: on Redis when there is an address of one, else on Postgres. */
  jobs?: { redisUrl?: string };
  /** Where the log's lines go; nowhere unless told. */
  logTo?: { write(line: string): void };
  now?: () => Date;
  webRoot?: string;
  statementTimeoutMs?: number;
}

const password = 'correct horse battery';
const noEngine = () => Promise.reject(unavailable('workflows', 'There is no workflow engine in this test.'));

/** Starts a hub: real Postgres, and what the test asks for of the rest. Engines that a test does not pass are away. */
export async function startHub(options: HubOptions = {}): Promise<Hub> {
  const database = await createTestDatabase();
  // A suite calls as one key, faster than anybody else.
  const unlimited = { RATE_LIMIT_CALLER: '0', RATE_LIMIT_ADDRESS: '0' };
  const config = { ...readConfig({ DATABASE_URL: database.url, LOG_LEVEL: 'silent', ...unlimited }), ...options.config };
  const log =
    options.logTo === undefined
      ? pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' })
      : pino({ level: 'trace' }, options.logTo);
  const db = await openDatabase({
    url: database.url,
    poolSize: 10,
    ...(options.statementTimeoutMs === undefined ? {} : { statementTimeoutMs: options.statementTimeoutMs }),
  });
  let relay: Relay | undefined;
  const live = startLive({ db, log });
  const dialer = createDialer({ allowPrivateHosts: config.allowPrivateHosts });
  const mailDialer = createDialer({ allowPrivateHosts: ['127.0.0.0/8'] });
  const network = { dial: async (host: string) => (await mailDialer.vet(host)).address, timeoutMs: 30_000 };
  const outbound = createOutbound({ dialer, allowHttp: true });
  const evaluator = createEvaluator();
  const queues = options.jobs && openQueues({ databaseUrl: database.url, redisUrl: options.jobs.redisUrl, log, holdSeconds: 3 });
  const filesFolder = mkdtempSync(join(tmpdir(), 'throughline-files-'));
  const commits = createCommits();
  const secretKey = randomBytes(32).toString('base64');
  const ports: Ports = {
    commits,
    customFields: rememberCustomFields({ commits, live }, pointedTo),
    recordSettings: rememberRecordSettings({ commits, live }),
    queues: queues ?? { wake: () => undefined },
    secrets: createSecrets([secretKey]),
    runs: { describe: noEngine, poke: noEngine },
    live,
    dialer,
    outbound,
    evaluator,
    files: diskFiles(filesFolder),
    mailServers: { ...imapServers(network), ...smtpServers(network) },
    systemMail: createSystemMail(config),
    identityProviders: openidProviders(outbound, () => new Date()),
    ...options.ports,
  };
  const services: Services = { db, ports, config, log, now: options.now ?? (() => new Date()) };
  if (options.consumers !== undefined) relay = await startRelay(services, options.consumers);
  const jobs = queues && (await startJobs(services, queues, { holdSeconds: 3 }));
  const app = await buildApp(services, {
    readiness: async () => ({ ready: true, engines: {} }),
    before: checkAnswers,
    ...(options.webRoot === undefined ? {} : { webRoot: options.webRoot }),
  });
  const deed = <T>(work: (ctx: Context) => Promise<T>) =>
    transact(services, { actor: systemActor, cause: rootCause({ kind: 'cli' }) }, work);
  const person = (name: string, role: string) =>
    deed(async (ctx) => {
      const email = `${name.toLowerCase()}-${randomBytes(3).toString('hex')}@acme.test`;
      const { id } = await createUser(ctx, { name, email, password, role });
      const { key } = await createKey(ctx, { name: `${name} ${id}`, role, userId: id });
      return { id, email, password, key };
    });
  const admin = await person('Ada', 'admin');
  return {
    app,
    services,
    database,
    secretKey,
    filesFolder,
    admin,
    call: callAs(app, admin.key),
    aUser: (role, name = 'Uma') => person(name, role),
    aRep: (name = 'Rita') => person(name, 'rep'),
    deed,
    get relay() {
      return relay;
    },
    async stop() {
      await app.close();
      await relay?.stop();
      await jobs?.stop();
      await queues?.close();
      await live.stop();
      await evaluator.close();
      await outbound.close();
      await db.close();
      await database.drop();
      rmSync(filesFolder, { recursive: true, force: true });
    },
  };
}

/** Calls an app in-process. */
function callAs(app: App, defaultKey: string): Call {
  return async (method, path, { body, key = defaultKey, headers = {} } = {}) => {
    const response = await app.inject({
      method: method as 'GET',
      url: path.startsWith('//') ? path.slice(1) : `/api/v1${path}`,
      headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers },
      ...(body === undefined ? {} : typeof body === 'string' ? { payload: body } : { payload: body as object }),
    });
    const isJson = /json/.test(String(response.headers['content-type']));
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson && response.body !== '' ? JSON.parse(response.body) : response.body,
    };
  };
}
