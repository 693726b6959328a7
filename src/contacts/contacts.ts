import { LockMode } from '@mikro-orm/core';
import { companyTarget } from '../companies/companies.ts';
import { aside, type Context, entities, newId, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { type AppError, invalidField, notFound } from '../errors.ts';
import { newExtras, withExtras } from '../fields/values.ts';
import { refuseName, releaseNames, restorable, withNames, withRestorable } from '../held-names.ts';
import { hold } from '../held-statement.ts';
import { requireInput, requirePatch } from '../identity/inputs.ts';
import { hiddenFields, requireCreate, requireHandOver, requireReach, seesAll, visible } from '../identity/permissions.ts';
import { userTarget } from '../identity/user.target.ts';
import { readRecord } from '../lists.ts';
import { creation, edit, type Revision, requireVersion } from '../records.ts';
import { refer } from '../refer.ts';
import type { Selection } from '../show.ts';
import { withWarnings } from '../wire.ts';
import { normalAddress } from './address.rules.ts';
import { addresses, writeAddresses } from './addresses.ts';
import { Contact } from './contact.entity.ts';
import { contactObject } from './contact.object.ts';
import { foldContact } from './contact.rules.ts';
import type { CreateContactInput, UpdateContactInput } from './contact.schema.ts';
import { type ContactRow, empty, insertContact, lockContact, saveContact } from './contact-rows.ts';
import { addressHash, explainErased, readmitPerson } from './erased-addresses.ts';
import { followBounces, followMailWishes } from './mail-wishes.ts';
import { phoneCountry, phoneWarnings } from './phones.ts';

/** The JSON of a contact. Throws `contact_not_found`. */
export const getContact = (ctx: Context, id: string, selection?: Selection): Promise<string> =>
  readRecord(ctx, contactObject, { id, selection });

/** A record that was made. Its JSON is asked for inside the transaction or after it. */
interface Made {
  id: string;
  json(): Promise<string>;
}

/**
 * Makes a contact, owned by the caller unless told, and returns its id and its JSON, which names a deleted contact that had the address
 * and may be restored. Throws `contact_email_taken`, which names the contact that has the address, `contact_erased` unless told to
 * `readmit`, and `reference_not_found`.
 */
export async function createContact(
  ctx: Context,
  given: CreateContactInput,
  { readmit = false }: { readmit?: boolean | undefined } = {},
): Promise<Made> {
  const input = await refer(ctx, given, targets);
  const extras = await newExtras(ctx, 'contact', input);
  const values = {
    ...withNames(addresses, {}, input),
    ...extras,
    ownerId: input.ownerId === undefined ? ctx.actor.userId : input.ownerId,
  };
  requireCreate(ctx, 'contact', values.ownerId);
  await requireInput(ctx, 'contact', input);
  if (!values.email) await allowWithoutEmail(ctx);
  const folded = foldContact(values, await phoneCountry(ctx, values));
  const unsubscribedAt = values.doNotEmail ? ctx.now : null;
  const contact = { ...empty, ...values, ...folded, unsubscribedAt, id: newId(), createdAt: ctx.now, updatedAt: ctx.now };
  const normal = contact.email ? normalAddress(contact.email) : null;
  if (normal !== null && readmit) await readmitPerson(ctx, normal, contact.id);
  const row = await hold(ctx, {
    statement: insertContact,
    values: [JSON.stringify(contact), newId(), normal, normal === null ? null : addressHash(ctx, normal)],
    explain: (after, refusal) => explainAddress(after, normal, refusal),
  });
  if (contact.otherEmails?.length) await writeAddresses(ctx, contact);
  emit(ctx, 'contact.created', { contactId: contact.id, changes: creation(values) });
  const shown = seesWhole(ctx, contact) ? undefined : await getContact(ctx, contact.id);
  return {
    id: contact.id,
    async json() {
      const { json, freedBy } = await row();
      const warned = withWarnings(shown ?? json, phoneWarnings(values, folded));
      return freedBy === null ? warned : withRestorable(warned, await restorable(ctx, addresses, freedBy));
    },
  };
}

/** Throws 400 when the organisation wants an address of each contact. */
async function allowWithoutEmail(ctx: Context): Promise<void> {
  const { requireEmail } = await ctx.ports.recordSettings.current(await aside(ctx));
  if (requireEmail) throw invalidField('/email', 'required', 'A contact needs an email here.');
}

/** Says who has the address, or that its owner was erased; any other refusal is thrown as it is. */
async function explainAddress(ctx: Context, normal: string | null, refusal: AppError): Promise<never> {
  if (normal === null || refusal.code !== addresses.taken.code) return explainErased(ctx, refusal);
  return refuseName(ctx, addresses, { normal, pointer: '/email' });
}

const targets = { companyId: companyTarget, ownerId: userTarget };

/**
 * Edits a contact, and returns its JSON, with warnings of numbers that cannot be read. Throws `contact_not_found`, `version_mismatch`,
 * `forbidden`, `contact_email_taken`.
 */
export async function updateContact(
  ctx: Context,
  { id, version }: Revision,
  patch: UpdateContactInput,
): Promise<Pick<Made, 'json'>> {
  const contact = await lockContact(ctx, id);
  await requireReach(ctx, { object: 'contact', verb: 'edit' }, contact);
  requireVersion(contact, version);
  const referred = await refer(ctx, patch, targets);
  await requirePatch(ctx, 'contact', { record: contact, patch: referred });
  requireHandOver(ctx, 'contact', { from: contact.ownerId ?? null, to: referred.ownerId });
  const given = await withExtras(ctx, 'contact', { record: contact, patch: referred });
  const changes = edit(contact, withNames(addresses, contact, given) as Partial<ContactRow>, ctx.now);
  if (![contact.firstName, contact.lastName, contact.email, contact.phone, contact.mobile].some(Boolean)) {
    throw invalidField('', 'contact_unreachable', 'A contact needs at least one of firstName, lastName, email, phone, mobile.');
  }
  if (changes.email && !contact.email) await allowWithoutEmail(ctx);
  const folded = foldContact(contact, await phoneCountry(ctx, contact));
  Object.assign(contact, folded);
  const changed = Object.keys(changes).length > 0;
  const row = changed ? await hold(ctx, { statement: saveContact, values: [id, JSON.stringify(contact)] }) : undefined;
  if (changes.doNotEmail) await followMailWishes(ctx, id);
  const addressed = changes.email || changes.otherEmails;
  if (addressed) {
    await writeAddresses(ctx, contact);
    await followBounces(ctx, id);
  }
  if (changed) emit(ctx, 'contact.updated', { contactId: id, changes });
  const kept = row !== undefined && seesWhole(ctx, contact) && !changes.doNotEmail && !addressed; // else SQL has changed it since
  const shown = kept ? undefined : await getContact(ctx, id);
  return { json: async () => withWarnings(shown ?? (await row?.())?.json ?? '', phoneWarnings(patch, folded)) };
}

/** Whether the JSON that a contact's row keeps may be shown as it is, with the name of its company. */
const seesWhole = ({ actor }: Context, { companyId }: Pick<ContactRow, 'companyId'>): boolean =>
  hiddenFields(actor, 'contact').size === 0 &&
  (companyId === null || (seesAll(actor, 'company') && hiddenFields(actor, 'company').size === 0));

/** Deletes a contact: its addresses are free again, its history stays, it can be restored. Throws as `updateContact`. */
export async function deleteContact(ctx: Context, { id, version }: Revision): Promise<void> {
  const contact = await findContact(ctx, id);
  await requireReach(ctx, { object: 'contact', verb: 'delete' }, contact);
  requireVersion(contact, version);
  edit(contact, { deletedAt: ctx.now } as Partial<Contact>, ctx.now);
  await releaseNames(ctx, addresses, id);
  emit(ctx, 'contact.deleted', { contactId: id });
}

/** A live contact, locked for change. Throws `contact_not_found`. */
export async function findContact(ctx: Context, id: string): Promise<Contact> {
  const contact = await (await entities(ctx)).findOne(
    Contact,
    { id, deletedAt: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
  if (contact === null) throw notFound('contact');
  return contact;
}

/**
 * Where links to these contacts are to point: the contact itself, or the one it was merged into, held with a key-share lock so that
 * nothing lands on a tombstone. Unknown, deleted and hidden ids are left out, unless `required`, which throws `reference_not_found`.
 */
export async function linkable(ctx: Context, ids: readonly string[], required = true): Promise<Map<string, string>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const rows = await rowsOf<{ id: string; target: string }>(
    ctx,
    SQL`select id, coalesce(merged_into, id) as target from contacts
        where id = any(${wanted}) and deleted_at is null and ${visible(ctx, 'contact', 'contacts')} order by id for key share`,
  );
  const targets = new Map(rows.map((row) => [row.id, row.target]));
  const merged = rows.filter((row) => row.target !== row.id).map((row) => row.target);
  const onward = await linkable(ctx, merged, false); // holds the targets too, and follows those that were merged meanwhile
  for (const { id, target } of rows) if (target !== id) targets.set(id, onward.get(target) ?? target);
  const missing = wanted.find((id) => !targets.has(id));
  if (required && missing !== undefined) {
    throw invalidField('/contactId', 'reference_not_found', `There is no contact ${missing}.`);
  }
  return targets;
}
