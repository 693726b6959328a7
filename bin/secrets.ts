import { readConfig } from '../src/config.ts';
import { rootCause, type Services, systemActor, transact } from '../src/context.ts';
import { emit } from '../src/emit.ts';
import { type Resealed, resealBatch, resealSetting, type SealedPlace, sealedPlaces, sealedSettings } from '../src/reseal.ts';
import { withServices } from './commands.ts';
import { checkSecrets, loadSecrets, resealCheck } from './keys.ts';

/** `throughline secrets rotate`: seals everything anew with the first key, and says how much. Can be stopped and run again. */
export async function rotateSecretsCommand(): Promise<void> {
  await withServices(async (services, { keyDir }) => {
    const secrets = await loadSecrets(readConfig(), keyDir);
    const unreadable = await rotateSecrets({ ...services, ports: { ...services.ports, secrets } }, (line) => console.log(line));
    if (unreadable > 0) process.exitCode = 1;
  });
}

/** Does it, with a line per place. Returns how many values no key opens; while there are any, no earlier key may be taken away. */
export async function rotateSecrets(services: Services, say: (line: string) => void): Promise<number> {
  await checkSecrets(services);
  const all: Resealed[] = [];
  const note = (name: string, done: Resealed) => {
    all.push(done);
    say(`${name}: ${done.resealed} sealed anew${done.unreadable === 0 ? '' : `, ${done.unreadable} that no key opens`}`);
  };
  for (const place of sealedPlaces) note(`${place.table}.${place.column}`, await resealPlace(services, place));
  for (const key of sealedSettings) note(`settings.${key}`, await transact(services, operator, (ctx) => resealSetting(ctx, key)));
  const [resealed, unreadable] = [sum(all.map((one) => one.resealed)), sum(all.map((one) => one.unreadable))];
  await transact(services, operator, async (ctx) => {
    if (unreadable === 0) await resealCheck(ctx); // else a start without the keys that are still needed is to fail
    if (resealed > 0) emit(ctx, 'system.secrets_resealed', { systemId, resealed, unreadable });
  });
  say(
    unreadable === 0
      ? 'Everything is sealed with the first key; earlier ones can be taken out of SECRET_KEYS.'
      : 'Add the keys that sealed the rest to SECRET_KEYS, and run this again.',
  );
  return unreadable;
}

const operator = { actor: systemActor, cause: rootCause({ kind: 'cli' }) };
/** The id of the hub itself in the log. */
const systemId = '00000000-0000-0000-0000-000000000000';

const sum = (numbers: number[]): number => numbers.reduce((all, one) => all + one, 0);

async function resealPlace(services: Services, place: SealedPlace): Promise<Resealed> {
  const done: Resealed = { resealed: 0, unreadable: 0 };
  let after: string[] | undefined;
  do {
    const batch = await transact(services, operator, (ctx) => resealBatch(ctx, place, after));
    done.resealed += batch.resealed;
    done.unreadable += batch.unreadable;
    after = batch.last;
  } while (after !== undefined);
  return done;
}
