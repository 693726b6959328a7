import type { RawBuilder } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { SearchQuery } from '../../src/search/search.schema.ts';
import { search } from '../../src/search/search.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { plansOf, rowsLookedAt } from '../support/plans.ts';

const size = 100_000;
let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
  await hub.deed(async (ctx) => {
    for (const statement of fill) await rowsOf(ctx, statement);
  });
  await hub.deed((ctx) => rowsOf(ctx, SQL`analyze`));
}, 600_000);
afterAll(() => hub.stop());

/** Surnames of few syllables, so that their letters are all alike and each name is its own; ids in the order of time, as the hub makes them. */
const syllable = (n: string) =>
  `(array['ka','lo','mi','ren','tas','vel','dor','an','qui','sef','bor','lin','ost','hag','wim','jur','pel','zan','eck','yth'])[1 + (${n}) % 20]`;
const surname = SQL.raw(`initcap(${['n', 'n / 20', 'n / 400', 'n / 8000'].map(syllable).join(' || ')} || ${syllable('n * 7')})`);
const id = SQL`(lpad(to_hex(n), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;

const fill: RawBuilder<unknown>[] = [
  SQL`set local statement_timeout = '300s'`,
  SQL`insert into contacts (id, first_name, last_name, email, phone, phone_normal, city, search_text, created_at, updated_at)
      select ${id}, 'F' || n % 900, ${surname}, 'p' || n || '@list.example', '+43 1 ' || n, '+431' || n, 'City ' || n % 300,
        lower(${surname}) || ' p' || n || '@list.example', now(), now() from generate_series(1, ${size}) n`,
  SQL`insert into activities (id, type, subject, activity_date, source, created_at, updated_at)
      select ${id}, 'call', 'Talk ' || n % 3 || ' about ' || ${surname}, now(), 'user', now(), now() from generate_series(1, ${size}) n`,
];

const asked: [string, string][] = [
  ['a word that nobody has', 'zephyrine'],
  ['a name', 'Lokamirendor'],
  ['a name with a slip', 'Lokamirenodr'],
  ['two names with a slip each', 'Lokamrendor wimtasborka'],
  ['the beginning of a name', 'lokam'],
  ['one letter', 'k'],
  ['a word that all have', 'talk'],
  ['a name with the beginning of a word that all have', 'Lokamirendor tal'],
  ['the beginning of a word that all have with a name', 'tal Lokamirendor'],
  ['an address', 'p4711@list.example'],
  ['a phone number', '+43 1 48 211'],
  ['the beginning of a phone number', '+43 1 48'],
];

it.each(asked)('finds %s without looking through the table', async (_, q) => {
  const plans = await plansOf(hub, (ctx) => search(ctx, SearchQuery.parse({ q })));
  expect(plans.length).toBeGreaterThan(0);
  expect(rowsLookedAt(plans), JSON.stringify(plans, null, 1)).toBeLessThan(size / 10);
});
