import { type OpenidNews, startOpenidServer } from './servers/openid.ts';

/** An OpenID Connect provider in a process of its own: `openid-child.ts`. Says its issuer, and `heard` for everything that it is told. */
let aheadMs = 0;
const ours = Date.now.bind(Date);
Date.now = () => ours() + aheadMs;

const server = await startOpenidServer();
process.on('message', ({ clockAheadSeconds, leadTo, person }: OpenidNews) => {
  if (clockAheadSeconds !== undefined) aheadMs = clockAheadSeconds * 1_000;
  if (leadTo !== undefined) server.leadTo(leadTo);
  if (person !== undefined) server.people.set(person.subject, person.claims);
  process.send?.('heard');
});
process.on('disconnect', () => process.exit());
process.send?.(server.issuer);
