import { randomBytes } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkSecrets } from '../../bin/keys.ts';
import { rotateSecrets } from '../../bin/secrets.ts';
import { requireAdmitted } from '../../src/contacts/erased-addresses.ts';
import { rootCause, rowsOf, type Services, systemActor, transact } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { newSecondFactor } from '../../src/identity/second-factor.ts';
import { resealBatch, sealedPlaces } from '../../src/reseal.ts';
import { createSecrets } from '../../src/secrets.ts';
import { type Hub, startHub } from '../support/hub.ts';

const newKey = () => randomBytes(32).toString('base64');
const [old, fresh] = [newKey(), newKey()];
let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ ports: { secrets: createSecrets([old]) }, config: { allowPrivateHosts: ['127.0.0.1'] } });
  await checkSecrets(hub.services);
});
afterAll(() => hub.stop());

const withKeys = (...keys: string[]): Services => ({
  ...hub.services,
  ports: { ...hub.services.ports, secrets: createSecrets(keys) },
});
async function rotate(...keys: string[]): Promise<{ unreadable: number; lines: string[] }> {
  const lines: string[] = [];
  const unreadable = await rotateSecrets(withKeys(...keys), (line) => void lines.push(line));
  return { unreadable, lines };
}
/** How many values of each place are sealed with the first of these keys. */
async function sealedWith(key: string): Promise<Record<string, number>> {
  const { fingerprint } = createSecrets([key]);
  const counts: Record<string, number> = {};
  for (const { table, column } of sealedPlaces) {
    const found = await hub.deed((ctx) =>
      rowsOf(ctx, SQL`select 1 from ${SQL.table(table)} where substring(${SQL.ref(column)} from 2 for 4) = ${fingerprint}`),
    );
    counts[`${table}.${column}`] = found.length;
  }
  return counts;
}

it('knows of every column of bytes whether something is sealed in it, is hashed, or stands as it came', async () => {
  const columns = await hub.deed((ctx) =>
    rowsOf<{ name: string }>(
      ctx,
      SQL`select table_name || '.' || column_name as name from information_schema.columns
          where data_type = 'bytea' and table_schema = 'public' order by 1`,
    ),
  );
  const sealed = new Set(sealedPlaces.map(({ table, column }) => `${table}.${column}`));
  const hashed = /_hash$|\.sha256$/;
  const asItCame = columns.map(({ name }) => name).filter((name) => !sealed.has(name) && !hashed.test(name));
  expect(asItCame).toEqual(['mail_ledger.raw', 'webhook_receipts.body', 'webhook_rejections.body']);
  expect(columns.filter(({ name }) => sealed.has(name))).toHaveLength(sealed.size);
});

it('knows every file that seals something: what a new one seals needs a place in src/reseal.ts', () => {
  const files = globSync('{src,workers,integrations,bin}/**/*.ts').filter((file) => /\.seal\(/.test(readFileSync(file, 'utf8')));
  expect(files.sort()).toEqual([
    'bin/keys.ts', // the check value
    'src/contacts/erased-addresses.ts',
    'src/email/mailboxes.ts',
    'src/idempotency.ts',
    'src/identity/provider-sign-in.ts', // what a browser keeps, for ten minutes
    'src/identity/providers.ts',
    'src/identity/second-factor.ts',
    'src/privacy/erasures.ts',
    'src/reseal.ts',
    'src/webhooks/secrets.ts',
  ]);
});

it('seals everything anew with the first key, however often it is stopped, and works with that key alone', async () => {
  await plantEverywhere();
  const before = await sealedWith(old);
  expect(Object.entries(before).filter(([, count]) => count === 0)).toEqual([]);
  await expect(rotate(fresh)).rejects.toThrow('Add the earlier key');
  const answers = sealedPlaces.find(({ table }) => table === 'idempotency_keys');
  const ctx = { actor: systemActor, cause: rootCause({ kind: 'cli' as const }) };
  await transact(withKeys(fresh, old), ctx, async (inside) => answers && resealBatch(inside, answers, undefined)); // as far as a run came that was stopped
  const left = (before['idempotency_keys.answer'] ?? 0) - 200;
  const { unreadable, lines } = await rotate(fresh, old);
  expect(unreadable).toBe(0);
  expect(lines).toContain(`idempotency_keys.answer: ${left} sealed anew`);
  expect(await sealedWith(fresh)).toEqual(before);
  expect(lines).toContain('settings.erased_addresses_key: 1 sealed anew');
  const again = (await rotate(fresh)).lines;
  expect(again).toContain('idempotency_keys.answer: 0 sealed anew');
  expect(again).toContain('settings.erased_addresses_key: 0 sealed anew');
  const opened = createSecrets([fresh]);
  for (const { table, column, key, as = column } of sealedPlaces) {
    const rows = await hub.deed((inside) =>
      rowsOf<Record<string, string> & { sealed: Buffer }>(
        inside,
        SQL`select *, ${SQL.ref(column)} as sealed from ${SQL.table(table)} where ${SQL.ref(column)} is not null`,
      ),
    );
    for (const row of rows) {
      const place = [table, key.map((name) => row[name]).join(' '), as] as const;
      expect(opened.open(row.sealed, place).length, place.join()).toBeGreaterThan(0);
    }
  }
  const back = transact(withKeys(fresh), ctx, (inside) => requireAdmitted(inside, [erased]));
  await expect(back).rejects.toMatchObject({ code: 'contact_erased' }); // still known by the hash of their address
});

it('counts what no key opens, leaves it as it is, and asks to keep the earlier keys', async () => {
  const lost = createSecrets([newKey()]).seal('{}', ['mailboxes', 'x', 'credentials']);
  await hub.deed((ctx) => rowsOf(ctx, SQL`update mailboxes set credentials = ${lost}`));
  const { unreadable, lines } = await rotate(fresh);
  expect(unreadable).toBe(1);
  expect(lines).toContain('mailboxes.credentials: 0 sealed anew, 1 that no key opens');
  expect(lines.at(-1)).toContain('Add the keys that sealed the rest');
});

const erased = 'gone@acme.test';

async function plantEverywhere(): Promise<void> {
  const contact = (await hub.call('POST', '/contacts', { body: { firstName: 'Gone', email: erased } })).body;
  expect((await hub.call('POST', `/contacts/${contact.id}/erase`, { body: { confirm: true } })).status).toBe(202);
  const auth = { type: 'password', username: 'ada', password: 'secret' };
  const server = { host: '127.0.0.1', port: 9, security: 'none', auth };
  const made = [await hub.call('POST', '/mailboxes', { body: { address: 'ada@acme.test', imap: server, smtp: server } })];
  made.push(await hub.call('POST', '/webhook-sources', { body: { name: 'S', preset: 'token', mapping: '{ "skip": true }' } }));
  made.push(
    await hub.call('POST', '/webhook-endpoints', { body: { url: 'http://127.0.0.1:9/', eventTypes: ['contact.created'] } }),
  );
  const provider = { key: 'acme', name: 'Acme', issuer: 'http://127.0.0.1:9', clientId: 'x', clientSecret: 'secret' };
  made.push(await hub.call('POST', '/identity-providers', { body: provider }));
  expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  const [, source, endpoint] = made;
  await hub.call('POST', `/webhook-sources/${source?.body.id}/rotate-secret`);
  await hub.call('POST', `/webhook-endpoints/${endpoint?.body.id}/rotate-secret`);
  await hub.deed((ctx) => newSecondFactor(ctx, hub.admin.id));
  for (let n = 0; n < 450; n++) {
    await hub.call('POST', '/tags', { body: { name: `tag ${n}` }, headers: { 'idempotency-key': `once-${n}` } });
  }
}
