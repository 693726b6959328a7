import { type MetPerson, meetPeople } from '../contacts/bulk-contacts.ts';
import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import type { MailAddress } from './address-list.rules.ts';
import { companyDomain, mayBecomeContact, splitName } from './correspondent.rules.ts';
import type { ParsedMessage } from './message.rules.ts';

/** A mailbox as far as storing its mail needs it. */
export interface SyncMailbox {
  id: string;
  ownerId: string;
  address: string;
  createContacts: 'none' | 'sent' | 'all';
  visibility: 'everything' | 'subject' | 'metadata';
  syncFrom: Date | null;
}

/** Who we are: whole addresses of mailboxes and users, and the domains behind them, free mail excepted. */
export interface OwnSide {
  addresses: ReadonlySet<string>;
  /** Domains and addresses together, as `matchesDomain` takes them. */
  domains: ReadonlySet<string>;
}

/** The addresses that are our own. */
export async function ownSide(ctx: Context): Promise<OwnSide> {
  const row = await rowOf<{ addresses: string[] }>(
    ctx,
    SQL`select coalesce(array_agg(address), '{}') as addresses from (
          select address_normal as address from mailboxes where deleted_at is null union select lower(email) from users) own`,
  );
  const addresses = new Set(row?.addresses);
  const domains = [...addresses].flatMap((address) => companyDomain(address) ?? []);
  return { addresses, domains: new Set([...addresses, ...domains]) };
}

/** A message with the direction it went, seen from us. */
export interface Directed {
  direction: 'in' | 'out';
  parsed: Pick<ParsedMessage, 'kind' | 'from' | 'to' | 'cc' | 'bcc'>;
}

/**
 * Makes contacts of those whom the mailbox's policy admits: with `sent` whom its owner has written to, with `all` also who wrote. Never
 * of no-reply and role addresses, lists, bulk and our own side. Returns the addresses that are contacts only since now.
 */
export async function admitContacts(
  ctx: Context,
  { mailbox, own }: { mailbox: SyncMailbox; own: OwnSide },
  messages: readonly Directed[],
): Promise<string[]> {
  const admitted = new Map<string, MetPerson>();
  for (const { direction, parsed } of messages) {
    for (const person of correspondents(mailbox, { direction, parsed })) {
      const known = admitted.get(person.address);
      if (known?.firstName) continue;
      if (mayBecomeContact(person.address, { kind: parsed.kind, ownDomains: own.domains })) {
        admitted.set(person.address, met(mailbox, person));
      }
    }
  }
  if (admitted.size === 0) return [];
  const taken = await contactsAt(ctx, [...admitted.keys()]);
  return meetPeople(
    ctx,
    [...admitted.values()].filter(({ address }) => !taken.has(address)),
  );
}

/** Whom the policy looks at. */
function correspondents({ createContacts }: SyncMailbox, { direction, parsed }: Directed): MailAddress[] {
  if (createContacts === 'none') return [];
  if (direction === 'out') return [...parsed.to, ...parsed.cc, ...parsed.bcc];
  return createContacts === 'all' && parsed.from !== null ? [parsed.from] : [];
}

function met({ ownerId }: SyncMailbox, { address, name }: MailAddress): MetPerson {
  const { firstName, lastName } = splitName(name);
  return {
    address,
    firstName: firstName || null,
    lastName: lastName || null,
    ownerId,
    leadSource: 'email',
    companyDomain: companyDomain(address),
  };
}

/** The contact of each address that has one; held, so that none of them is merged away before our links are written. */
export async function contactsAt(ctx: Context, addresses: readonly string[]): Promise<Map<string, string>> {
  const rows = await rowsOf<{ address: string; contactId: string }>(
    ctx,
    SQL`select e.address_normal as address, coalesce(c.merged_into, c.id) as "contactId"
        from contact_emails e join contacts c on c.id = e.contact_id
        where e.address_normal = any(${addresses}) and e.active and c.deleted_at is null order by c.id for key share of c`,
  );
  return new Map(rows.map(({ address, contactId }) => [address, contactId]));
}
