import { type Context, rowOf } from './context.ts';
import { SQL } from './database.ts';

/** What must be done by one process at a time, and who asks to be it. */
export interface LeaseRequest {
  name: string;
  /** Id of this holder, made once per loop. */
  holder: string;
  seconds: number;
}

/** Takes a lease, or renews one's own. False while another holder has it; a killed holder's runs out. */
export async function takeLease(ctx: Context, { name, holder, seconds }: LeaseRequest): Promise<boolean> {
  const row = await rowOf(
    ctx,
    SQL`insert into leases as l (name, holder, until) values (${name}, ${holder}, now() + make_interval(secs => ${seconds}))
        on conflict (name) do update set holder = excluded.holder, until = excluded.until
        where l.holder = excluded.holder or l.until < now() returning 1`,
  );
  return row !== undefined;
}

/** Gives a lease up, so that another need not wait until it runs out. */
export async function giveUpLease(ctx: Context, { name, holder }: Omit<LeaseRequest, 'seconds'>): Promise<void> {
  await rowOf(ctx, SQL`delete from leases where name = ${name} and holder = ${holder}`);
}
