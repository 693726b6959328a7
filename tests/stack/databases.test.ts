import { expect, test } from 'vitest';
import { asAdmin, createTestDatabase } from '../support/database.ts';

test('databases of the tests are made side by side, and each is its own', async () => {
  const databases = await Promise.all(Array.from({ length: 8 }, createTestDatabase));
  const [first, second] = databases;
  await asAdmin(first!.url, (client) => client.query('create table only_here (id int)'));
  const seen = await asAdmin(second!.url, (client) => client.query(`select to_regclass('only_here') as found`));
  expect(seen.rows).toEqual([{ found: null }]);
  expect(new Set(databases.map(({ url }) => url)).size).toBe(8);
  await Promise.all(databases.map((database) => database.drop()));
  await expect(asAdmin(first!.url, (client) => client.query('select 1'))).rejects.toMatchObject({ code: '3D000' });
});
