import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { permissionsPage } from '../access/matrix.page.ts';
import { declaredPermissions } from '../access/matrix.routes.ts';

const golden = resolve(import.meta.dirname, '../../docs/permissions.md');

it('docs/permissions.md says what the cells of tests/access say, which UPDATE_GOLDEN=1 writes anew', async () => {
  const page = permissionsPage(await declaredPermissions());
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, page);
  expect(page).toBe(readFileSync(golden, 'utf8'));
});
