import { domainToASCII } from 'node:url';

/**
 * The one form an address is matched by: NFC, lower case, the domain as A-label (IDNA). Null when it is no address that
 * mail could reach. Local parts are case-sensitive in theory (RFC 5321) and nowhere in practice.
 */
export function normalAddress(address: string): string | null {
  const trimmed = address.trim().replace(/^<|>$/g, '').normalize('NFC').toLowerCase();
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, at);
  if (at < 1 || trimmed.length > 320 || /[\s\p{Cc}<>,;\ufffd]/u.test(local.startsWith('"') ? '' : local)) return null;
  if (/\p{Cc}/u.test(local) || !local.isWellFormed()) return null;
  const domain = asciiDomain(trimmed.slice(at + 1));
  return domain === null ? null : `${local}@${domain}`;
}

function asciiDomain(domain: string): string | null {
  if (/^[a-z0-9.-]+$/.test(domain)) return /^[a-z0-9]/.test(domain) ? domain.replace(/\.$/, '') : null;
  if (/^\[[0-9a-f:.]+(:[0-9a-f:.]+)?\]$/.test(domain)) return domain;
  if (/[\s\p{Cc}/?#@:\\]/u.test(domain)) return null;
  return domainToASCII(domain).replace(/\.$/, '') || null;
}
