import { type Context, rowsOf, sql } from './context.ts';
import { type Executor, SQL } from './database.ts';
import { emit } from './emit.ts';
import { prepared } from './plans.ts';
import type { Ports } from './ports.ts';
import type { Changes } from './records.ts';
import type { RecordSettingsValue, UpdateRecordSettingsInput } from './settings.schema.ts';

const defaults: RecordSettingsValue = { keepDeletedDays: 90, requireEmail: false, defaultCountry: null };

/** The id of the hub itself in the log. */
const systemId = '00000000-0000-0000-0000-000000000000';

/** How records are kept, remembered by the process. */
export interface RecordSettingsPort {
  current(db: Executor): Promise<RecordSettingsValue>;
}

const stored = prepared<{ value: Partial<RecordSettingsValue> }>(
  'settings_records',
  `select value from settings where key = 'records'`,
);

/** How records are kept, as it is now. */
export const recordSettings = async (ctx: Context): Promise<RecordSettingsValue> => read(await sql(ctx));

async function read(db: Executor): Promise<RecordSettingsValue> {
  const [row] = await stored(db, []);
  return { ...defaults, ...row?.value };
}

/** Changes how records are kept; an event tells what has changed. */
export async function setRecordSettings(ctx: Context, patch: UpdateRecordSettingsInput): Promise<void> {
  await rowsOf(
    ctx,
    SQL`insert into settings (key, value, updated_at) values ('records', '{}', ${ctx.now}) on conflict do nothing`,
  );
  await rowsOf(ctx, SQL`select 1 from settings where key = 'records' for update`);
  const before = await recordSettings(ctx);
  const after = { ...before, ...patch };
  await rowsOf(ctx, SQL`update settings set value = ${JSON.stringify(after)}, updated_at = ${ctx.now} where key = 'records'`);
  const names = (Object.keys(after) as (keyof RecordSettingsValue)[]).filter((name) => before[name] !== after[name]); // the object's own keys
  const changes: Changes = Object.fromEntries(names.map((name) => [name, { from: before[name], to: after[name] }]));
  if (names.length > 0) emit(ctx, 'system.settings_updated', { systemId, changes });
}

/** How long settings are remembered when no news of them is heard; bounds what a lost connection to the log can hide. */
const rememberedMs = 3_000;

/** Remembers the settings for a few seconds, so that writes ask nothing; each change of them is in the log, and makes this process forget them. */
export function rememberRecordSettings({ commits, live }: Pick<Ports, 'commits' | 'live'>): RecordSettingsPort {
  let known: { value: RecordSettingsValue; untilMs: number } | undefined;
  const forget = (events: readonly { recordType: string }[]) => {
    if (events.some((event) => event.recordType === 'system')) known = undefined;
  };
  commits.subscribe(forget);
  live.subscribe(forget);
  return {
    async current(db) {
      const nowMs = performance.now();
      if (known === undefined || known.untilMs <= nowMs) known = { value: await read(db), untilMs: nowMs + rememberedMs };
      return known.value;
    },
  };
}
