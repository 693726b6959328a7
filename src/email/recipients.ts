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

/** The recipients of a draft who are not to be written to: at any address of a contact who wants no mail, and at one that takes none. */
export async function refusedRecipients(ctx: Context, draft: MailDraft): Promise<RefusedRecipient[]> {
  const recipients = (['to', 'cc', 'bcc'] as const).flatMap((role) =>
    (draft[role] ?? []).map(({ address }, index) => ({ address, pointer: `/${role}/${index}` })),
  );
  const addresses = recipients.map(({ address }) => address);
  const erased = await erasedAmong(ctx, addresses);
  const unwilling = await rowsOf<{ address: string; code: RefusedAs }>(
    ctx,
    SQL`select e.address_normal as address, case when c.do_not_email then 'do_not_email' when c.unsubscribed_at is not null then 'unsubscribed'
            else 'bounced' end as code from contact_emails e join contacts c on c.id = e.contact_id
        where e.address_normal = any(${addresses}) and e.active and c.deleted_at is null
          and (c.do_not_email or c.unsubscribed_at is not null or e.bounced_at is not null)`,
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
