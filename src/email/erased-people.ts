import { erasedAmong } from '../contacts/erased-addresses.ts';
import type { Context } from '../context.ts';
import type { OwnSide } from './correspondents.ts';
import type { ParsedMessage } from './message.rules.ts';
import type { FetchedMessage } from './store-batch.ts';

/** A message of which nothing is kept but that it was there. */
export interface Forgotten {
  uid: number;
  internalDate: Date;
  erased: true;
}

const peopleOf = ({ from, to, cc, bcc }: ParsedMessage) => [...(from === null ? [] : [from]), ...to, ...cc, ...bcc];

/**
 * Takes erased people out of messages before these are stored, so that mail, new or read once more, does not bring them back; where there
 * was nobody else beside ourselves the message is forgotten. In the order given.
 */
export async function withoutErased(
  ctx: Context,
  own: OwnSide,
  messages: readonly FetchedMessage[],
): Promise<(FetchedMessage | Forgotten)[]> {
  const addresses = messages.flatMap((message) =>
    'parsed' in message ? peopleOf(message.parsed).map(({ address }) => address) : [],
  );
  const erased = await erasedAmong(ctx, [...new Set(addresses)]);
  const isKept = ({ address }: { address: string }) => !erased.has(address);
  return messages.map((message) => {
    if (!('parsed' in message) || peopleOf(message.parsed).every(isKept)) return message;
    const { parsed, uid, internalDate } = message;
    const others = peopleOf(parsed).filter(({ address }) => !own.addresses.has(address));
    if (!others.some(isKept)) return { uid, internalDate, erased: true };
    const { from, to, cc, bcc } = parsed;
    const people = { to: to.filter(isKept), cc: cc.filter(isKept), bcc: bcc.filter(isKept) };
    return { ...message, parsed: { ...parsed, ...people, from: from !== null && isKept(from) ? from : null } };
  });
}
