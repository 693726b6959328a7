import { parse as parseDomain } from 'tldts';
import { FREE_MAIL_DOMAINS } from './free-mail-domains.ts';
import type { MessageKind } from './kind.rules.ts';

/** The domain of a normal address. */
export function addressDomain(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** Whether nobody reads what is sent to this address. */
export function isNoReply(address: string): boolean {
  return NO_REPLY.test(localPart(address));
}

const NO_REPLY =
  /^(no|do-?not|donot|not?|never)[-_.]?(reply|replay|response|respond|answer)|^(ne[-_.]?pas[-_.]?repondre|nicht[-_.]?antworten|keine[-_.]?antwort|nao[-_.]?responda|no[-_.]?responder|niet[-_.]?beantwoorden)|[-_.+](no-?reply|do-?not-?reply)$|^(bounces?|mailer-daemon|postmaster|notifications?|notify|alerts?|mailer|daemon|automated|unsubscribe|newsletters?|listserv|majordomo|majordom)([-_.+=].*)?$|[-_.](bounces?|owner|request|unsubscribe)$/;

/** Whether an address belongs to a function rather than a person (RFC 2142 and custom). */
export function isRoleAddress(address: string): boolean {
  return ROLES.has(localPart(address).replace(/\+.*$/, ''));
}

const ROLES = new Set(
  `abuse account accounting accounts admin administrator all billing careers compliance contact customercare
  customerservice customer-service datenschutz dpo enquiries everyone feedback finance ftp hello help helpdesk
  hostmaster hr info inquiries invoice invoices it jobs kontakt legal mail mailbox marketing media news noc office
  orders payments press privacy purchasing recruiting reception rechnung root sales security service services shop
  spam staff subscribe support sysadmin team tech usenet webmaster welcome www`.split(/\s+/),
);

/** Whether an address may become a contact by itself. `ownDomains` and `blocked` hold domains or whole addresses. */
export function mayBecomeContact(
  address: string,
  about: { kind: MessageKind; ownDomains: ReadonlySet<string>; blocked?: ReadonlySet<string> },
): boolean {
  if (about.kind !== 'human' && about.kind !== 'invite') return false;
  if (isNoReply(address) || isRoleAddress(address)) return false;
  return !matchesDomain(address, about.ownDomains) && !(about.blocked && matchesDomain(address, about.blocked));
}

/** Whether a list of domains and addresses names this address; a domain also names its subdomains. */
export function matchesDomain(address: string, list: ReadonlySet<string>): boolean {
  if (list.has(address)) return true;
  for (let domain = addressDomain(address); domain !== ''; domain = domain.slice(domain.indexOf('.') + 1)) {
    if (list.has(domain)) return true;
    if (!domain.includes('.')) break;
  }
  return false;
}

/** Whether anybody can get an address at this domain, so that it says nothing about a company. */
export function isFreeMail(domain: string): boolean {
  return FREE_MAIL_DOMAINS.has(domain) || FREE_MAIL_DOMAINS.has(registrableDomain(domain) ?? domain);
}

/** The registrable domain by the public suffix list (`mail.acme.co.uk` gives `acme.co.uk`), or null. */
export function registrableDomain(domain: string): string | null {
  return parseDomain(domain, { allowPrivateDomains: true }).domain;
}

/** The domain that stands for the company behind a normal address; null for free mail, bare suffixes and IP literals. */
export function companyDomain(address: string): string | null {
  const domain = addressDomain(address);
  return isFreeMail(domain) ? null : registrableDomain(domain);
}

/**
 * Splits a display name: `Müller, Anna` and `Anna Müller` both give Anna and Müller. Quotes, what stands in brackets, and
 * names that are only the address again go; a single word is a first name.
 */
export function splitName(display: string): { firstName: string; lastName: string } {
  const name = display
    .normalize('NFC')
    .replace(/\s*(\([^)]*\)|\[[^\]]*\])/g, ' ')
    .replace(/["“”„«»`]|(?<!\p{L})['’‘]|['’‘](?!\p{L})/gu, '')
    .replace(/\s+(via|from|at) .*$/i, '')
    .replace(/\s+/g, ' ')
    .trim();
  if (name === '' || name.includes('@')) return { firstName: '', lastName: '' };
  const comma = /^([^,]+),\s*([^,]+)(?:,.*)?$/.exec(name);
  if (comma && !SUFFIX.test(comma[2]!)) return { firstName: comma[2]!.trim(), lastName: comma[1]!.trim() };
  const words = (comma?.[1] ?? name.replace(/,+$/, '')).trim().split(' ');
  if (words.length === 1) return { firstName: words[0]!, lastName: '' };
  let cut = words.length - 1;
  while (cut > 1 && PARTICLES.has(words[cut - 1]!.toLowerCase())) cut -= 1;
  return { firstName: words.slice(0, cut).join(' '), lastName: words.slice(cut).join(' ') };
}

const SUFFIX = /^(jr|sr|ii|iii|iv|ph\.?d|m\.?d|mba|esq|cpa|inc|ltd|llc|gmbh|ag)\.?$/i;
const PARTICLES = new Set([
  'von',
  'van',
  'de',
  'der',
  'den',
  'del',
  'della',
  'di',
  'da',
  'dos',
  'du',
  'la',
  'le',
  'ter',
  'ten',
  'zu',
  'bin',
  'al',
  'el',
]);

function localPart(address: string): string {
  return address.slice(0, address.lastIndexOf('@')).toLowerCase();
}
