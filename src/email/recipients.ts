import type { RawBuilder } from 'kysely';
import { erasedAmong } from '../contacts/erased-addresses.ts';
import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { conflict } from '../errors.ts';
import type { MailDraft } from './mail.ports.ts';

const words = {
  contact_erased: 'was erased at their request',
  do_not_email: 'is not to be written to (do not e-mail)',
  unsubscribed: 'has withdrawn their consent to e-mail',
  bounced: 'takes no mail: it came back; take the address off the contact and add it again to try once more',
} as const;

/** Why somebody is not to be written to. */
export type RefusedAs = keyof typeof words;

/** A recipient who is not to be written to, and where they stand in the draft. */
export interface RefusedRecipient {
  address: string;
  pointer: string;
  code: RefusedAs;
  message: string;
}

/**
 * The recipients of a draft who are not to be written to: at any address of a contact who wants no mail, and at one that takes none. What a
 * contact wants holds when they are deleted, until another one has their address.
 */
export async function refusedRecipients(ctx: Context, draft: MailDraft): Promise<RefusedRecipient[]> {
  const recipients = (['to', 'cc', 'bcc'] as const).flatMap((role) =>
    (draft[role] ?? []).map(({ address }, index) => ({ address, pointer: `/${role}/${index}` })),
  );
  const addresses = recipients.map(({ address }) => address);
  const erased = await erasedAmong(ctx, addresses);
  const named = (of: RawBuilder<unknown>) =>
    SQL`select id, contact_id, address_normal, active, bounced_at from contact_emails where address_normal = any(${addresses}) and ${of}`; // each by its own index
  const unwilling = await rowsOf<{ address: string; code: RefusedAs }>(
    ctx,
    SQL`select address, code from (
          select distinct on (e.address_normal) e.address_normal as address, case when c.do_not_email then 'do_not_email'
            when c.unsubscribed_at is not null then 'unsubscribed' when e.active and e.bounced_at is not null then 'bounced' end as code
          from (${named(SQL`active`)} union all ${named(SQL`not active`)}) as e join contacts c on c.id = e.contact_id
          order by e.address_normal, e.active desc, e.id desc) as holders
        where code is not null`,
  );
  const codes = new Map<string, RefusedAs>([
    ...unwilling.map(({ address, code }) => [address, code] as const),
    ...[...erased].map((address) => [address, 'contact_erased'] as const),
  ]);
  return recipients.flatMap(({ address, pointer }) => {
    const code = codes.get(address);
    return code === undefined ? [] : [{ address, pointer, code, message: `${address} ${words[code]}.` }];
  });
}

/** Throws 409 naming each recipient who is not to be written to, with the first one's code. */
export async function requireWilling(ctx: Context, draft: MailDraft): Promise<void> {
  const refused = await refusedRecipients(ctx, draft);
  const [first] = refused;
  if (first === undefined) return;
  const errors = refused.map(({ pointer, code, message }) => ({ pointer, code, message }));
  throw conflict(first.code, refused.map(({ message }) => message).join(' '), { errors });
}
