import type { StackLog } from './stack/report.ts';

const patienceMs = 15_000;

/** Stops everything on SIGTERM and SIGINT and exits 0, within 15 s; a second signal exits at once. */
export function stopOnSignal(stop: () => Promise<unknown>, log: StackLog): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(130);
    stopping = true;
    log.info(`stopping on ${signal}`);
    setTimeout(() => {
      log.error(`not stopped within ${patienceMs / 1_000} s`);
      process.exit(1);
    }, patienceMs).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
