import { expect, it } from 'vitest';
import { verifiedAddress } from '../../src/identity/provider-claims.rules.ts';

const entra = 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0';
const email = 'Ada@acme.example';

it('takes the word of a tenant of Microsoft for the domain of an address, and of nobody else', () => {
  const ada = { email: 'ada@acme.example', domain: 'acme.example' };
  for (const xms_edov of [true, 1, '1', 'true']) expect(verifiedAddress(entra, { email, xms_edov })).toEqual(ada);
  for (const xms_edov of [false, 0, '0', 'no', undefined, null, []])
    expect(verifiedAddress(entra, { email, xms_edov })).toBeUndefined();
  for (const issuer of [
    'https://login.microsoftonline.com.evil.example/x/v2.0',
    'https://id.example/',
    'http://login.microsoftonline.com/x',
  ])
    expect(verifiedAddress(issuer, { email, xms_edov: true }), issuer).toBeUndefined();
  expect(verifiedAddress('https://id.example/', { email, email_verified: true })).toEqual(ada);
});
