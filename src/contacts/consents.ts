import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, invalidField } from '../errors.ts';
import { requireReach } from '../identity/permissions.ts';
import type { Changes } from '../records.ts';
import { columnsOf, instantOf, jsonOf } from '../wire.ts';
import type { SetConsentInput } from './consent.schema.ts';
import { findContact, getContact } from './contacts.ts';
import { followMailWishes } from './mail-wishes.ts';

const columns = columnsOf('consents', 'purpose status basis source since:instant recordedBy updatedAt:instant');
const purposesAtMost = 100;
/** How far a caller's clock may be ahead of ours. */
const clocksApartMs = 60_000;

/** The JSON of a contact's consents, by purpose. Throws `contact_not_found`. */
export async function consentsJson(ctx: Context, contactId: string): Promise<string> {
  await getContact(ctx, contactId);
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('data', coalesce(json_agg(${SQL.raw(jsonOf(columns))} order by purpose), '[]'))::text as json
        from consents where contact_id = ${contactId}`,
  );
  return row?.json ?? '{"data":[]}';
}

interface Consent {
  status: string;
  basis: string;
  source: string | null;
  since: string;
}

/**
 * Says on what basis a contact's data is used for a purpose, or that it no longer is; what was before stays in the log. Without a basis
 * it rests on the one it had, a new one on consent. Throws `contact_not_found`, `forbidden`, `in_the_future`, `too_many_purposes`.
 */
export async function setConsent(
  ctx: Context,
  { contactId, purpose }: { contactId: string; purpose: string },
  { status, basis, source, since }: SetConsentInput,
): Promise<void> {
  const contact = await findContact(ctx, contactId);
  await requireReach(ctx, { object: 'contact', verb: 'edit' }, contact);
  const all = await rowsOf<Consent & { purpose: string }>(
    ctx,
    SQL`select purpose, status, basis, source, ${SQL.raw(instantOf('since'))} as since from consents where contact_id = ${contactId}`,
  );
  if (since !== undefined && Date.parse(since) > ctx.now.getTime() + clocksApartMs)
    throw invalidField('/since', 'in_the_future', 'A consent is given or withdrawn at a time that has come.');
  const before = all.find((one) => one.purpose === purpose);
  if (before === undefined && all.length >= purposesAtMost)
    throw conflict('too_many_purposes', `A contact has consents for at most ${purposesAtMost} purposes.`);
  const after: Consent = {
    status,
    basis: basis ?? before?.basis ?? 'consent',
    source: (source === undefined ? before?.source : source) || null,
    since: new Date(since ?? ctx.now).toISOString(),
  };
  const changes = changesOf(purpose, before, after);
  if (Object.keys(changes).length === 0) return;
  await rowsOf(
    ctx,
    SQL`insert into consents (id, contact_id, purpose, status, basis, source, since, recorded_by, created_at, updated_at)
        values (${newId()}, ${contactId}, ${purpose}, ${after.status}, ${after.basis}, ${after.source}, ${after.since}, ${ctx.actor.userId},
          ${ctx.now}, ${ctx.now})
        on conflict (contact_id, purpose) do update set status = excluded.status, basis = excluded.basis, source = excluded.source,
          since = excluded.since, recorded_by = excluded.recorded_by, updated_at = excluded.updated_at`,
  );
  if (purpose === 'email') await followMailWishes(ctx, contactId);
  emit(ctx, 'contact.consent_changed', { contactId, purpose, changes });
}

/** Field by field; the same said again, save for its time, is no change. */
function changesOf(purpose: string, before: Consent | undefined, after: Consent): Changes {
  const fields = ['status', 'basis', 'source', 'since'] as const;
  const changed = fields.filter((field) => (before?.[field] ?? null) !== after[field]);
  if (before !== undefined && changed.every((field) => field === 'since') && changed.length > 0 && before.since <= after.since)
    return {};
  return Object.fromEntries(
    changed.map((field) => [`consents.${purpose}.${field}`, { from: before?.[field] ?? null, to: after[field] }]),
  );
}
