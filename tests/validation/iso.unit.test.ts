import { expect, it } from 'vitest';
import { Country, Currency, countries, countryCode, OptionalTimeZone, WebAddress } from '../../src/iso.schema.ts';

it('knows the 249 countries of ISO 3166, and Kosovo', () => {
  expect(countries).toHaveLength(250);
  for (const code of ['AT', 'BQ', 'SS', 'TW', 'XK']) expect(countries).toContain(code);
  for (const code of ['EU', 'UK', 'SU', 'YU', 'ZZ', 'AN']) expect(countries).not.toContain(code);
});

it.each([
  ['at', 'AT'],
  ['Austria', 'AT'],
  ['UNITED  STATES', 'US'],
  ['usa', 'US'],
  ['uk', 'GB'],
  ['Cote d’Ivoire', 'CI'],
  ['turkiye', 'TR'],
  ['Turkey', 'TR'],
  ['Bosnia and Herzegovina', 'BA'],
  ['Atlantis', null],
  ['XX', null],
])('reads the country %s as %s', (given, code) => {
  expect(countryCode(given)).toBe(code);
});

it('takes every country by its code and by its English name', () => {
  const names = new Intl.DisplayNames(['en'], { type: 'region' });
  for (const code of countries) {
    expect(countryCode(code.toLowerCase())).toBe(code);
    expect(countryCode(names.of(code) ?? '')).toBe(code);
  }
});

it('clears with the empty text and with null', () => {
  for (const schema of [Country, OptionalTimeZone, WebAddress])
    for (const empty of ['', '  ', null]) expect(schema.parse(empty)).toBeNull();
});

it.each(['EUR', 'eur', ' usd '])('takes the currency %j', (given) => {
  expect(Currency.parse(given)).toBe(given.trim().toUpperCase());
});

it.each([
  [Currency, 'DEM1'],
  [Currency, 'ABC'],
  [OptionalTimeZone, '+01:00'],
  [OptionalTimeZone, 'Mars/Base'],
  [WebAddress, 'javascript:alert(1)'],
  [WebAddress, 'ftp://files.example'],
  [WebAddress, 'https://user:secret@example.com'],
  [WebAddress, 'nowhere'],
])('refuses what is none, with what would be right', (schema, given) => {
  expect(schema.safeParse(given).error?.issues).toMatchObject([{ message: expect.stringMatching(/^must be .* such as /) }]);
});

it.each([
  ['example.com', 'https://example.com'],
  ['example.com:8080/x?y', 'https://example.com:8080/x?y'],
  ['HTTP://Example.com/Path', 'HTTP://Example.com/Path'],
  ['//example.com/x', 'https://example.com/x'],
])('keeps the web address %s as %s', (given, kept) => {
  expect(WebAddress.parse(given)).toBe(kept);
});
