import { aside, type Context, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import type { Warning } from '../wire.ts';

interface Phoned {
  phone?: string | null | undefined;
  mobile?: string | null | undefined;
  country?: string | null | undefined;
  companyId?: string | null | undefined;
}

/**
 * The country by which a contact's national numbers are read: their own, else their company's, else the organisation's. Asks the database
 * only when there is a national number of somebody without a country.
 */
export async function phoneCountry(ctx: Context, { phone, mobile, country, companyId }: Phoned): Promise<string | null> {
  if (country) return country;
  if (![phone, mobile].some((number) => number && !number.trimStart().startsWith('+'))) return null;
  const company = companyId
    ? await rowOf<{ country: string | null }>(ctx, SQL`select country from companies where id = ${companyId}`)
    : undefined;
  return company?.country || (await ctx.ports.recordSettings.current(await aside(ctx))).defaultCountry;
}

/** What to warn of in a contact's numbers: those that were given and cannot be read are kept as typed. */
export const phoneWarnings = (
  given: Pick<Phoned, 'phone' | 'mobile'>,
  { phoneNormal, mobileNormal }: { phoneNormal: string | null; mobileNormal: string | null },
): Warning[] => [
  ...(given.phone && phoneNormal === null ? [unread('phone')] : []),
  ...(given.mobile && mobileNormal === null ? [unread('mobile')] : []),
];

const unread = (field: string): Warning => ({
  pointer: `/${field}`,
  code: 'phone_not_read',
  message: `${field} is kept as typed, but is no number that can be read; write it with its country, such as +43 1 2345678.`,
});

/** The same of a contact that is stored. */
export async function storedPhoneWarnings(ctx: Context, id: string, given: Pick<Phoned, 'phone' | 'mobile'>): Promise<Warning[]> {
  if (!given.phone && !given.mobile) return [];
  const row = await rowOf<{ phoneNormal: string | null; mobileNormal: string | null }>(
    ctx,
    SQL`select phone_normal as "phoneNormal", mobile_normal as "mobileNormal" from contacts where id = ${id}`,
  );
  return row === undefined ? [] : phoneWarnings(given, row);
}
