import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const top = resolve(import.meta.dirname, '../..');
const files = globSync(['workflows/*.ts', 'src/**/*.rules.ts'], { cwd: top });
/** What differs between versions of Node or machines, so that a replay might take another way. */
const forbidden =
  /\bIntl\b|\.toLocale\w+\(|\.localeCompare\(|\.getTimezoneOffset\(|\.(get|set)(FullYear|Month|Date|Day|Hours)\(|\bprocess\./;
const found = (text: string) => text.split('\n').filter((line) => forbidden.test(line));

it('workflow code, and the rules it may use, know neither locale nor time zone nor process', () => {
  expect(files).toContain('workflows/index.ts');
  const faults = files.flatMap((file) => found(readFileSync(join(top, file), 'utf8')).map((line) => `${file}: ${line.trim()}`));
  expect(faults).toEqual([]);
});

it('workflows import values from nothing but the SDK, each other and rules', () => {
  const imports = files
    .filter((file) => file.startsWith('workflows/'))
    .flatMap((file) => [
      ...readFileSync(join(top, file), 'utf8').matchAll(/^(?:import|export)(?! type\b)[^;]*? from '([^']+)'/gm),
    ])
    .map((match) => match[1]);
  expect(imports.filter((from) => !/^(@temporalio\/workflow|\.\/[\w-]+\.ts|\.\.\/src\/.+\.rules\.ts)$/.test(from ?? ''))).toEqual(
    [],
  );
});

it('a planted use of the locale is found', () => {
  expect(found('const day = new Intl.DateTimeFormat();\nconst a = names.sort((x, y) => x.localeCompare(y));')).toHaveLength(2);
});
