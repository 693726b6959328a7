import { z } from 'zod';
import { refusal, text } from './wire.ts';

/**
 * Countries, currencies and time zones by their codes, as ISO 3166-1, ISO 4217 and the IANA database have them, and web addresses. Intl
 * knows most of it; what it knows beside is taken out here.
 */

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
/** Exceptionally reserved and made-up codes, which stand for no country. Kosovo's XK is no ISO code either, but in use everywhere. */
const reserved = new Set('AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ'.split(' '));
const long = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
const short = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none', style: 'short' });

/** ISO 3166-1 alpha-2 codes. One that was given up has another one's place in Intl, and is none of them. */
export const countries: readonly string[] = letters
  .flatMap((first) => letters.map((second) => first + second))
  .filter((code) => !reserved.has(code) && long.of(code) !== undefined && new Intl.Locale(`und-${code}`).region === code);

/** What people write besides Intl's names. */
const alsoCalled: Readonly<Record<string, string>> = {
  'united states of america': 'US',
  usa: 'US',
  'great britain': 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'czech republic': 'CZ',
  'ivory coast': 'CI',
  holland: 'NL',
  'the netherlands': 'NL',
  'russian federation': 'RU',
  'republic of korea': 'KR',
  korea: 'KR',
  'viet nam': 'VN',
  turkey: 'TR',
  burma: 'MM',
  myanmar: 'MM',
  'hong kong': 'HK',
  macao: 'MO',
  macau: 'MO',
  palestine: 'PS',
  'cabo verde': 'CV',
  swaziland: 'SZ',
  'east timor': 'TL',
  vatican: 'VA',
};

/** Names as they are compared: without accents, case and signs. */
const plain = (name: string): string =>
  name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('&', ' and ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

const byName = new Map([
  ...countries.flatMap((code) => [long, short].map((names): [string, string] => [plain(names.of(code) ?? code), code])),
  ...countries.map((code): [string, string] => [plain(code), code]),
  ...Object.entries(alsoCalled),
]);

/** The code of a country that is given as its code in any case, or by its English name; null for anything else. */
export const countryCode = (given: string): string | null => byName.get(plain(given)) ?? null;

const currencies = new Set(Intl.supportedValuesOf('currency'));

/** Whether Intl knows the zone; it takes offsets too, which are none. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const urlMax = 2_000;

/** The address of a page as it is stored; without a scheme it is https. Null for what no browser should be sent to. */
function webAddress(given: string): string | null {
  const typed = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(given) ? given : `https://${given.replace(/^\/+/, '')}`;
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  const fits = url !== undefined && /^https?:$/.test(url.protocol) && url.hostname.includes('.') && url.href.length <= urlMax;
  return !fits || url.username !== '' || url.password !== '' ? null : typed;
}

/** Text that is read as something, or refused with what would be right; the empty string counts as null, so that a form's empty field clears. */
const readIfAny = (max: number, reading: (given: string) => string | null, { error, params }: ReturnType<typeof refusal>) =>
  text(max)
    .transform((given, ctx) => {
      const found = reading(given);
      if (found === null && given !== '') ctx.issues.push({ code: 'custom', message: error, params, input: given });
      return found;
    })
    .nullable();

/** A country: its ISO 3166-1 alpha-2 code, which may be given in any case, or as its English name. */
export const Country = readIfAny(
  100,
  countryCode,
  refusal('invalid_country', 'must be an ISO 3166 code such as AT, or the English name of a country'),
);

/** An ISO 4217 code, in any case. */
export const Currency = text(10)
  .toUpperCase()
  .refine((code) => currencies.has(code), refusal('invalid_currency', 'must be an ISO 4217 code such as USD'));

const noTimeZone = refusal('invalid_time_zone', 'must be an IANA time zone such as Europe/Vienna');

/** An IANA time zone. */
export const TimeZone = z.string().max(60).refine(isTimeZone, noTimeZone);

/** The same, of a record that need not have one. */
export const OptionalTimeZone = readIfAny(60, (given) => (isTimeZone(given) ? given : null), noTimeZone);

/** The address of a page on the web; it is https where no scheme is given. */
export const WebAddress = readIfAny(
  500,
  webAddress,
  refusal('invalid_web_address', 'must be a web address such as https://example.com'),
);
