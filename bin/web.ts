import type { StackLog } from './stack/report.ts';

/** The folder of the built page; undefined when there is none. */
export async function ensureWebBuilt(_: { log: StackLog }): Promise<string | undefined> {
  return undefined;
}
