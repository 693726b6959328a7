import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ParsedMessage, parseMessage } from '../../src/email/message.rules.ts';

const FOLDER = join(import.meta.dirname, 'corpus');

/** When the messages of the corpus came in, as far as the tests are concerned. */
export const ARRIVED = new Date('2026-01-16T00:00:00Z');

export function corpusNames(): string[] {
  return readdirSync(FOLDER).map((file) => file.replace(/\.eml$/, ''));
}

export function corpusSource(name: string): Buffer {
  return readFileSync(join(FOLDER, `${name}.eml`));
}

export function parsedCorpus(name: string): ParsedMessage {
  return parseMessage(corpusSource(name), { internalDate: ARRIVED });
}
