import { z } from 'zod';

/** One setting of the process: where it comes from, how it is parsed, and what the README says of it. */
interface Setting<T> {
  schema: z.ZodType<T>;
  fallback: string | undefined;
  says: string;
}

const setting = <T>(schema: z.ZodType<T>, fallback: string | undefined, says: string): Setting<T> => ({ schema, fallback, says });

const text = z.string().trim().min(1);
const optional = text.optional();
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const origins = list.refine((all) => all.every((one) => URL.canParse(one) && new URL(one).origin === one), {
  error: 'each must be an origin and nothing more, such as https://intranet.acme.com',
});
const secretKeys = list.refine((keys) => keys.every((key) => Buffer.from(key, 'base64').length >= 32), {
  error: 'each key must be base64 of at least 32 bytes: openssl rand -base64 32',
});
const port = z.coerce.number().int().min(0).max(65_535);
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/ }).optional();
const storageUrl = z.url({ protocol: /^https?$/ }).refine(
  (url) => {
    const { username, password, pathname } = new URL(url);
    return username !== '' && password !== '' && /^\/[^/]+$/.test(pathname);
  },
  { error: 'expected https://<key>:<secret>@<host>/<bucket>' },
);
const hostPort = z.string().regex(/^[^\s:/]+:\d{1,5}$/, 'expected host:port');

/** Every setting of Throughline, in the order of the README's table, which is generated from this list. */
export const settings = {
  port: setting(port, '3000', 'Port to listen on; 0 takes any free one.'),
  host: setting(optional, undefined, 'Address to bind: 127.0.0.1 under `start`, 0.0.0.0 under `serve`.'),
  dataDir: setting(text, '.throughline', 'Folder of the embedded stack, stored files and the key file.'),
  publicUrl: setting(
    z.url({ protocol: /^https?$/ }).optional(),
    undefined,
    'Address people and integrators use; source of every link, webhook address and Origin check. Required under `serve`.',
  ),
  trustProxy: setting(optional, undefined, 'Proxies to believe X-Forwarded-* from: a number of hops, or CIDRs. Off when unset.'),
  smtpUrl: setting(
    z.url({ protocol: /^smtps?$/ }).optional(),
    undefined,
    "Server for the system's own mail, as smtp(s)://user:password@host:port.",
  ),
  mailFrom: setting(optional, undefined, "Sender of the system's own mail."),
  databaseUrl: setting(postgresUrl, undefined, 'Postgres 15 or newer. Unset: the embedded one.'),
  redisUrl: setting(
    z.url({ protocol: /^rediss?$/ }).optional(),
    undefined,
    'Redis for the job queues. Unset: the queues live in Postgres.',
  ),
  temporalAddress: setting(hostPort.optional(), undefined, 'Temporal frontend as host:port. Unset: the embedded one.'),
  allowPrivateHosts: setting(list, '', 'Hosts or CIDRs that outgoing connections may reach although private, comma-separated.'),
  corsOrigins: setting(
    origins,
    '',
    'Origins whose pages may call the API with a key, such as https://intranet.acme.com, comma-separated; none when unset.',
  ),
  breachedPasswordsUrl: setting(
    z
      .url({ protocol: /^https?$/ })
      .regex(/\/$/, { error: 'must end with /' })
      .optional(),
    undefined,
    'Range search of breached passwords that new ones are compared with, such as https://api.pwnedpasswords.com/range/: it is told five letters of a hash. None when unset.',
  ),
  storageUrl: setting(
    storageUrl.optional(),
    undefined,
    'S3 store of the files on records, as https://key:secret@host/bucket?region=us-east-1, with the key and secret percent-encoded. Unset: DATA_DIR/files.',
  ),
  fileLimitMb: setting(z.coerce.number().int().min(1).max(5_000), '50', 'Largest file that a record may have, in MiB.'),
  rateLimitCaller: setting(
    z.coerce.number().int().min(0),
    '30000',
    'Requests a minute that a key, or a user on all their sessions, may make of one process; 0 for any number.',
  ),
  rateLimitAddress: setting(
    z.coerce.number().int().min(0),
    '12000',
    'Requests a minute without a valid key or session that one address may make of one process, webhooks among them; 0 for any number.',
  ),
  secretKeys: setting(
    secretKeys.optional(),
    undefined,
    'Keys that seal stored secrets, base64 of 32 bytes each, comma-separated; the first one seals. Required with DATABASE_URL.',
  ),
  logLevel: setting(
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    'info',
    'Least level that is logged: trace, debug, info, warn, error, silent.',
  ),
} satisfies Record<string, Setting<unknown>>;

/** The parsed settings, frozen. Durations and sizes carry their unit in the name. */
export type Config = Readonly<{ [K in keyof typeof settings]: z.infer<(typeof settings)[K]['schema']> }>;

/** Thrown with every wrong setting at once; `problems` has one line per setting. */
export class ConfigError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`The settings are not usable:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

/** `dataDir` -> `DATA_DIR`. */
export const envName = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** Reads the settings from an environment; an empty value counts as unset. Throws `ConfigError` that lists all that is wrong. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, { schema, fallback }] of Object.entries(settings)) {
    const name = envName(key);
    const result = schema.safeParse(env[name] || fallback);
    if (result.success) values[key] = result.data;
    else problems.push(`${name}: ${result.error.issues.map((issue) => issue.message).join('; ')}`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(values) as Config; // each key was parsed by its own schema just above
}
