import { type Address, addressParser } from 'postal-mime';
import { normalAddress } from '../contacts/address.rules.ts';
import { cleanLine } from './text.rules.ts';

/** Somebody named in a header: the address in its normal form (`normalAddress`), the display name decoded or empty. */
export interface MailAddress {
  address: string;
  name: string;
}

/** More people than this in one field are not kept. */
const MAX_ADDRESSES = 2_000;

/** Reads address fields (RFC 5322, 3.4). Groups are flattened; what is no address is left out; each address comes once. */
export function readAddresses(fields: string[]): MailAddress[] {
  const byAddress = new Map<string, MailAddress>();
  for (const field of fields) {
    for (const found of field === '' ? [] : addressParser(field.slice(0, 200_000))) collect(found, byAddress);
  }
  return [...byAddress.values()];
}

function collect(found: Address, into: Map<string, MailAddress>): void {
  if (found.group) {
    for (const member of found.group) collect(member, into);
    return;
  }
  const address = normalAddress(found.address ?? '');
  if (address === null || into.size >= MAX_ADDRESSES) return;
  const name = cleanLine(found.name ?? '', 200);
  const known = into.get(address);
  if (!known) into.set(address, { address: cleanLine(address, 320), name: name.toLowerCase() === address ? '' : name });
  else if (known.name === '') known.name = name;
}
