import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { settingsTable, withSettings } from '../../bin/settings-table.ts';
import { ConfigError, readConfig } from '../../src/config.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

it('shows every setting in the README as config.ts has it (node bin/settings-table.ts writes it)', () => {
  expect(readme).toBe(withSettings(readme));
  expect(settingsTable()).toContain('| `PORT` | `3000` |');
});

it('stops with a list of everything that is wrong, and names each setting', () => {
  const faults = readFaults({ PORT: 'eighty', PUBLIC_URL: 'ftp://x', SECRET_KEYS: 'c2hvcnQ=', LOG_LEVEL: 'loud' });
  expect(faults.map((line) => line.split(':')[0])).toEqual(['PORT', 'PUBLIC_URL', 'SECRET_KEYS', 'LOG_LEVEL']);
});

it('takes an empty value as unset', () => {
  expect(readConfig({ PORT: '', REDIS_URL: '' })).toMatchObject({ port: 3_000, redisUrl: undefined });
});

it('never shows the value of a wrong setting, which may be a secret', () => {
  expect(readFaults({ SECRET_KEYS: 'hunter2', DATABASE_URL: 'hunter2' }).join()).not.toContain('hunter2');
});

function readFaults(env: Record<string, string>): string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
