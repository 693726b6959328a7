import { linkable } from '../contacts/contacts.ts';
import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, notFound } from '../errors.ts';
import { requireInput } from '../identity/inputs.ts';
import { visible } from '../identity/permissions.ts';
import type { Revision } from '../records.ts';
import type { Deal } from './deal.entity.ts';
import { editableDeal } from './deals.ts';

const contactsAtMost = 100;

/**
 * Gives a contact a role in a deal, or another one. What the system has told of the deal is on that contact's timeline too from now on.
 * Throws `deal_not_found`, `contact_not_found` for one that the caller does not see, `version_mismatch`, `forbidden`, and
 * `too_many_contacts`.
 */
export async function putDealContact(
  ctx: Context,
  revision: Revision,
  { contactId, role }: { contactId: string; role: string },
): Promise<void> {
  const deal = await editableDeal(ctx, revision);
  await requireInput(ctx, 'deal', { contacts: contactId });
  const target = (await linkable(ctx, [contactId], false)).get(contactId);
  if (target === undefined) throw notFound('contact');
  const from = await roleOf(ctx, deal.id, target);
  if (from === role) return;
  if (from === null) await requireRoom(ctx, deal.id);
  deal.touch(ctx.now);
  await rowsOf(
    ctx,
    SQL`insert into deal_contacts (deal_id, contact_id, role, created_at) values (${deal.id}, ${target}, ${role}, ${ctx.now})
        on conflict (deal_id, contact_id) do update set role = excluded.role`,
  );
  await rowsOf(
    ctx,
    SQL`insert into activity_links (activity_id, contact_id, activity_date)
        select id, ${target}::uuid, activity_date from activities where deal_id = ${deal.id} and source = 'system' on conflict do nothing`,
  );
  tell(ctx, deal, { contactId: target, from, to: role });
}

/**
 * Takes a contact's role in a deal, and what the system tells of the deal off that contact's timeline, unless it is the deal's own contact.
 * Throws as `putDealContact`; `contact_not_found` also for one without a role.
 */
export async function removeDealContact(ctx: Context, revision: Revision, contactId: string): Promise<void> {
  const deal = await editableDeal(ctx, revision);
  await requireInput(ctx, 'deal', { contacts: contactId });
  const seen = await rowOf(ctx, SQL`select 1 from contacts where id = ${contactId} and ${visible(ctx, 'contact', 'contacts')}`);
  const from = seen === undefined ? null : await roleOf(ctx, deal.id, contactId);
  if (from === null) throw notFound('contact');
  deal.touch(ctx.now);
  await rowsOf(ctx, SQL`delete from deal_contacts where deal_id = ${deal.id} and contact_id = ${contactId}`);
  await rowsOf(
    ctx,
    SQL`delete from activity_links links using activities where activities.id = links.activity_id and links.contact_id = ${contactId}
          and activities.deal_id = ${deal.id} and activities.source = 'system' and activities.contact_id is distinct from ${contactId}`,
  );
  tell(ctx, deal, { contactId, from, to: null });
}

async function roleOf(ctx: Context, dealId: string, contactId: string): Promise<string | null> {
  const row = await rowOf<{ role: string }>(
    ctx,
    SQL`select role from deal_contacts where deal_id = ${dealId} and contact_id = ${contactId}`,
  );
  return row?.role ?? null;
}

async function requireRoom(ctx: Context, dealId: string): Promise<void> {
  const row = await rowOf<{ n: number }>(ctx, SQL`select count(*)::int as n from deal_contacts where deal_id = ${dealId}`);
  if ((row?.n ?? 0) >= contactsAtMost)
    throw conflict('too_many_contacts', `A deal has at most ${contactsAtMost} contacts with a role.`);
}

interface RoleChange {
  contactId: string;
  from: string | null;
  to: string | null;
}

const tell = (ctx: Context, deal: Deal, { contactId, from, to }: RoleChange) =>
  emit(ctx, 'deal.updated', { dealId: deal.id, changes: { [`contacts.${contactId}`]: { from, to } } });
