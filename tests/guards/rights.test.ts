import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const top = resolve(import.meta.dirname, '../..');
const files = globSync(['src/**/*.ts', 'workers/**/*.ts'], { cwd: top });
/** Checks of rights are promises: one that nobody waits for lets everybody through. */
const forgotten = (text: string): string[] =>
  text
    .split('\n')
    .filter(
      (line) =>
        /\brequire(Reach|Input|RoleWithin|Record)\(/.test(line) && !/(await|return|=>|function) (\S+ )?require/.test(line),
    );

it('waits for every check of rights', () => {
  expect(
    files.flatMap((file) => forgotten(readFileSync(resolve(top, file), 'utf8')).map((line) => `${file}: ${line.trim()}`)),
  ).toEqual([]);
});

it('finds one that is not waited for', () => {
  expect(forgotten("  requireReach(ctx, { object: 'contact', verb: 'edit' }, contact);")).toHaveLength(1);
});
