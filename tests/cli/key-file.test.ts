import { chmod, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadSecrets } from '../../bin/keys.ts';
import { readConfig } from '../../src/config.ts';
import { temporaryFolder } from '../support/servers/place.ts';

const config = readConfig({});
const place = ['settings', 'test', 'value'] as const;

it('is made once, for its owner alone, and opens what it has sealed', async () => {
  const folder = temporaryFolder('keys');
  const sealed = (await loadSecrets(config, folder)).seal('canary', place);
  const file = join(folder, 'secret.key');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const text = await readFile(file, 'utf8');
  expect(Buffer.from(text, 'base64')).toHaveLength(32);
  expect((await loadSecrets(config, folder)).open(sealed, place)).toBe('canary');
  expect(await readFile(file, 'utf8')).toBe(text);
});

it.each([0o644, 0o640, 0o606])('is not used when others may read or write it: mode %o', async (mode) => {
  const folder = temporaryFolder('keys');
  await loadSecrets(config, folder);
  const file = join(folder, 'secret.key');
  await chmod(file, mode);
  await expect(loadSecrets(config, folder)).rejects.toThrow(`Others may read the key file ${file}: chmod 600`);
  await chmod(file, 0o600);
  await loadSecrets(config, folder);
});
