import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Engine } from './provision.ts';

export interface Suite {
  /** The test file, from the top of the repository. */
  file: string;
  project: string;
  engines: Set<Engine>;
}

const top = resolve(import.meta.dirname, '../..');

/** Who imports one of these, at whatever depth, needs the engine. */
const engineOf: Record<string, Engine[]> = {
  'tests/support/servers/redis.ts': ['redis'],
  'tests/support/servers/dovecot.ts': ['dovecot', 'openssl'],
  'tests/support/servers/postfix.ts': ['postfix', 'openssl'],
  'tests/support/servers/chromium.ts': ['chromium'],
  'tests/support/servers/s3.ts': ['s3'],
  'tests/support/servers/temporal.ts': ['temporal'],
  'tests/support/servers/temporal-test-server.ts': ['temporal-test-server'],
};

/** All test files with what they need, read from their import lines, so that no list can be wrong. */
function allSuites(): Suite[] {
  return globSync('tests/**/*.test.ts', { cwd: top }).map((file) => ({
    file: file.replaceAll('\\', '/'),
    project: projectOf(file.replaceAll('\\', '/')),
    engines: enginesOf(file, new Set()),
  }));
}

/** The suites that a command line of Vitest asks for: `--project` and parts of file names. */
export function chosenSuites(args: string[]): Suite[] {
  const projects = args.flatMap((arg, index) => {
    if (arg === '--project') return [args[index + 1] ?? ''];
    return arg.startsWith('--project=') ? [arg.slice('--project='.length)] : [];
  });
  const names = args.filter((arg, index) => !arg.startsWith('-') && !args[index - 1]?.startsWith('-'));
  return allSuites()
    .filter((suite) => projects.length === 0 || projects.includes(suite.project))
    .filter((suite) => names.length === 0 || names.some((name) => suite.file.includes(name)));
}

function projectOf(file: string): string {
  if (file.endsWith('.unit.test.ts') || file.startsWith('tests/guards/')) return 'unit';
  const folder = file.split('/')[1] ?? '';
  return ['workflows', 'mail', 'web'].includes(folder) ? folder : 'integration';
}

function enginesOf(file: string, seen: Set<string>): Set<Engine> {
  const found = new Set<Engine>(engineOf[file]);
  if (seen.has(file)) return found;
  seen.add(file);
  for (const next of importsOf(file)) for (const engine of enginesOf(next, seen)) found.add(engine);
  return found;
}

/** Relative imports of values within `tests/`. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(top, file), 'utf8');
  const specifiers = [...text.matchAll(/^(?:import|export)(?! type\b)[^'"]*?from '(\.[^']+)'|import\('(\.[^']+)'\)/gm)];
  return specifiers
    .map((match) => relative(top, resolve(top, dirname(file), match[1] ?? match[2] ?? '')).replaceAll('\\', '/'))
    .filter((path) => path.startsWith('tests/') && existsSync(join(top, path)));
}
