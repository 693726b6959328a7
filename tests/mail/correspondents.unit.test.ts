import { expect, test } from 'vitest';
import { normalAddress } from '../../src/contacts/address.rules.ts';
import { companyDomain, isNoReply, isRoleAddress, mayBecomeContact, splitName } from '../../src/email/correspondent.rules.ts';

test.each([
  ['Anna.Mueller@ACME.Example', 'anna.mueller@acme.example'],
  [' <a@münchen.example> ', 'a@xn--mnchen-3ya.example'],
  ['a@M\u0075\u0308nchen.example', 'a@xn--mnchen-3ya.example'],
  ['josé@x.example', 'josé@x.example'],
  ['a@x.example.', 'a@x.example'],
  ['nobody', null],
  ['@x.example', null],
  ['a b@x.example', null],
  ['a@', null],
  ['a@x y', null],
])('%j has the normal form %j', (written, normal) => {
  expect(normalAddress(written)).toBe(normal);
});

test.each([
  'no-reply',
  'noreply',
  'do-not-reply',
  'donotreply+x',
  'mailer-daemon',
  'bounces+1=a.b',
  'notifications',
  'list-bounces',
  'orders-noreply',
  'nicht-antworten',
])('nobody reads %s@', (local) => expect(isNoReply(`${local}@x.example`)).toBe(true));

test.each(['norbert', 'nora.reply', 'anna', 'alertson', 'mailerson'])('somebody reads %s@', (local) => {
  expect(isNoReply(`${local}@x.example`)).toBe(false);
});

test('role addresses are not people', () => {
  expect(['info@x.de', 'sales+de@x.de', 'anna@x.de'].map(isRoleAddress)).toEqual([true, true, false]);
});

test('only people outside, who wrote or were written to, become contacts', () => {
  const ownDomains = new Set(['throughline.example']);
  const may = (address: string, kind: 'human' | 'bulk' | 'bounce' | 'auto_reply' | 'invite' = 'human') =>
    mayBecomeContact(address, { kind, ownDomains, blocked: new Set(['spam.example']) });
  expect(may('anna@acme.example')).toBe(true);
  expect(may('anna@acme.example', 'invite')).toBe(true);
  expect([may('anna@acme.example', 'bulk'), may('anna@acme.example', 'bounce'), may('anna@acme.example', 'auto_reply')]).toEqual([
    false,
    false,
    false,
  ]);
  expect([may('rep@throughline.example'), may('rep@eu.throughline.example'), may('x@spam.example')]).toEqual([
    false,
    false,
    false,
  ]);
  expect([may('noreply@acme.example'), may('info@acme.example')]).toEqual([false, false]);
});

test.each([
  ['anna@mail.acme.co.uk', 'acme.co.uk'],
  ['anna@gmail.com', null],
  ['anna@yahoo.co.uk', null],
  ['anna@co.uk', null],
  ['anna@[192.0.2.1]', null],
])('the company of %s is at %j', (address, domain) => {
  expect(companyDomain(address)).toBe(domain);
});

test.each([
  ['Anna Müller', 'Anna', 'Müller'],
  ['Müller, Anna', 'Anna', 'Müller'],
  ['"Müller, Anna"', 'Anna', 'Müller'],
  ["'Anna Müller'", 'Anna', 'Müller'],
  ['Anna Müller (Acme GmbH)', 'Anna', 'Müller'],
  ["Seán O'Neill", 'Seán', "O'Neill"],
  ['Ludwig van Beethoven', 'Ludwig', 'van Beethoven'],
  ['Martin King, Jr.', 'Martin', 'King'],
  ['Anna', 'Anna', ''],
  ['anna@acme.example', '', ''],
  ['', '', ''],
  ['Anna via Lists', 'Anna', ''],
])('%j is %j %j', (display, firstName, lastName) => {
  expect(splitName(display)).toEqual({ firstName, lastName });
});
