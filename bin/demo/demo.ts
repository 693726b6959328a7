import { rootCause, systemActor, transact } from '../../src/context.ts';
import { withServices } from '../commands.ts';
import { fillDemo } from './fill.ts';
import { removeDemo } from './remove.ts';

/** `throughline demo`: fills the hub with an organisation to look at; `--remove` takes exactly that away. */
export async function demo({ remove = false, seed }: { remove?: boolean; seed: number }): Promise<void> {
  await withServices(async (services) => {
    if (!remove) {
      const story = await fillDemo(services, seed);
      const of = (what: string) => story.filter((moment) => moment.what === what).length;
      console.log(
        `Made ${of('company')} companies, ${of('contact')} contacts, ${of('deal')} deals, ${of('mail')} mails and ${of('task')} tasks.`,
      );
      return;
    }
    const kept = await transact(services, { actor: systemActor, cause: rootCause({ kind: 'cli' }) }, removeDemo);
    console.log('The demo data are gone.');
    for (const [table, count] of Object.entries(kept))
      console.log(`Kept ${count} of ${table}: people have worked on them, or on what needs them.`);
  });
}
