import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A Chromium of this machine: CHROMIUM_PATH, the distribution's, or one that playwright has fetched. */
export function chromiumPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env.CHROMIUM_PATH ?? '', ...onPath, chromium.executablePath()].find(existsSync);
}

/** Starts it without a window. The caller closes it. */
export async function startChromium(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (!executablePath) throw new Error('no Chromium here: run "npm test", which gets it, or name one in CHROMIUM_PATH');
  // Its sandbox refuses root, and containers often lack what it needs.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
