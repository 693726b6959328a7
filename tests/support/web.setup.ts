import type { TestProject } from 'vitest/node';
import { ensureWebBuilt } from '../../bin/web.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    webRoot: string;
  }
}

/** Builds the page once per run. */
export async function setup(project: TestProject): Promise<void> {
  const webRoot = await ensureWebBuilt({ log: { info: () => undefined, warn: console.warn, error: console.error } });
  if (webRoot === undefined) throw new Error('the page cannot be built: Vite is missing, run npm ci');
  project.provide('webRoot', webRoot);
}
