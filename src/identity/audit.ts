import type { RawBuilder } from 'kysely';
import { type Actor, type Context, newId } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { JsonText } from '../json-text.ts';
import type { LogEvent } from '../log.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { auditedData } from '../seen-events.ts';
import type { WireColumns } from '../wire.ts';
import type { AuditEntry, AuditFilterInput } from './audit.schema.ts';
import { objectNames } from './permission.schema.ts';
import { seesAll, visible } from './permissions.ts';

const columns: WireColumns = {
  id: ['events.id', 'plain'],
  position: ['events.position', 'plain'],
  at: ['events.at', 'instant'],
  type: ['events.type', 'plain'],
  actorKind: ['events.actor_kind', 'plain'],
  actorId: ['events.actor_id', 'plain'],
  actorName: ['coalesce(users.name, api_keys.name)', 'plain'],
  door: ["events.door->>'kind'", 'plain'],
  address: ["events.door->>'address'", 'plain'],
  userAgent: ["events.door->>'userAgent'", 'plain'],
  requestId: ["events.door->>'requestId'", 'plain'],
  recordType: ['events.record_type', 'plain'],
  recordId: ['events.record_id', 'plain'],
  causeId: ['events.cause_id', 'plain'],
  correlationId: ['events.correlation_id', 'plain'],
  data: ['events.data', 'plain'],
};

/** Records of who may do what; their events have an index of their own, since they are few among many. */
const ofAccess = "('user', 'api_key', 'role', 'team', 'export')";
const isOfAccess = (type: string): boolean => /^(user|api_key|role|team|export)\./.test(type);

/** A page of the audit, newest first: what the caller may see of it; of records that they do not see, that something was done alone. */
export async function listAudit(ctx: Context, page: PageRequest & AuditFilterInput): Promise<JsonText> {
  const { actorId, recordId, types, from, to, address } = page;
  const wanted = types?.split(',');
  const filters: RawBuilder<unknown>[] = [];
  if (actorId) filters.push(SQL`events.actor_id = ${actorId}`);
  if (recordId) filters.push(SQL`events.record_id = ${recordId}`);
  if (wanted) filters.push(SQL`events.type = any(${wanted})`);
  if (wanted?.every(isOfAccess)) filters.push(SQL.raw(`events.record_type in ${ofAccess}`));
  if (from) filters.push(SQL`events.at >= ${from}`);
  if (to) filters.push(SQL`events.at < ${to}`);
  if (address) filters.push(SQL`events.door->>'address' = ${address}`);
  const text = await listOf(ctx, page, {
    columns,
    from: SQL`events left join users on events.actor_kind = 'user' and users.id = events.actor_id
      left join api_keys on events.actor_kind = 'key' and api_keys.id = events.actor_id`,
    where: [visible(ctx, 'audit', 'events'), SQL`events.position is not null`],
    filters,
    id: 'events.id',
    sorts: { position: { expression: 'events.position', type: 'numeric', descending: true } },
    defaultSort: 'position',
  });
  if (seesEverything(ctx.actor)) return text;
  const { data, nextCursor } = JSON.parse(text.text) as { data: (AuditEntry & LogEvent)[]; nextCursor: string | null }; // as listOf made it
  const told = await auditedData(ctx, data);
  const shown = data.map((entry) => ({ ...entry, data: told.get(entry.id) ?? {} }));
  return new JsonText(JSON.stringify({ data: shown, nextCursor }));
}

const seesEverything = (actor: Actor): boolean =>
  Object.keys(actor.grants.fields ?? {}).length === 0 && objectNames.every((object) => seesAll(actor, object));

/** Notes that the audit was exported, and what of it. */
export function noteExport(ctx: Context, filter: AuditFilterInput): void {
  emit(ctx, 'export.made', { exportId: newId(), of: 'audit', filter });
}

const csvColumns = Object.keys(columns) as (keyof AuditEntry)[]; // the same names, by the answer check

/** The first line of the CSV. */
export const csvHead = `${csvColumns.join(',')}\r\n`;

/** A page as lines of CSV (RFC 4180). */
export function csvLines(page: JsonText): { lines: string; nextCursor: string | null } {
  const { data, nextCursor } = JSON.parse(page.text) as { data: AuditEntry[]; nextCursor: string | null }; // as listOf made it
  return { lines: data.map((entry) => `${csvColumns.map((name) => csvCell(entry[name])).join(',')}\r\n`).join(''), nextCursor };
}

/** A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection). */
function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
