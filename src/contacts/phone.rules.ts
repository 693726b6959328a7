import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';

/**
 * The one form a phone number is matched by: E.164, with `;ext=` for an extension. `country` (ISO 3166 alpha-2) reads national numbers.
 * Null when it cannot be parsed: that is never a reason to refuse a number, which is kept as typed.
 */
export function normalPhone(phone: string | null | undefined, country: string | null | undefined): string | null {
  if (!phone) return null;
  const code = country?.toUpperCase() ?? '';
  const parsed = parsePhoneNumberFromString(phone, isSupportedCountry(code) ? (code as CountryCode) : undefined);
  if (parsed === undefined) return null;
  return parsed.ext ? `${parsed.number};ext=${parsed.ext}` : parsed.number;
}
