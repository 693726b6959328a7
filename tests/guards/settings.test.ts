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
  const wrong = {
    PORT: 'eighty',
    PUBLIC_URL: 'ftp://x',
    CORS_ORIGINS: 'https://intranet.acme.com,*',
    STORAGE_URL: 'https://s3.example/bucket',
    SECRET_KEYS: 'c2hvcnQ=',
    LOG_LEVEL: 'loud',
  };
  expect(readFaults(wrong).map((line) => line.split(':')[0])).toEqual(Object.keys(wrong));
});

it('takes an empty value as unset', () => {
  expect(readConfig({ PORT: '', REDIS_URL: '' })).toMatchObject({ port: 3_000, redisUrl: undefined });
});

it('never shows the value of a wrong setting, which may be a secret', () => {
  const wrong = { SECRET_KEYS: 'hunter2', DATABASE_URL: 'hunter2', STORAGE_URL: 'https://key:hunter2@s3.example' };
  expect(readFaults(wrong).join()).not.toContain('hunter2');
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
