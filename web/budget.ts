import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

interface Budget {
  /** Pages, by the end of their path, that a first visit loads beside the entry. */
  pages: string[];
  /** Script of a first visit, gzipped. */
  limitKb: number;
}

/** Adds up the script that a first visit loads, says so after each build, and fails a build that is over its limit. */
export function firstLoadBudget({ pages, limitKb }: Budget): Plugin {
  return {
    name: 'first-load-budget',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((part) => part.type === 'chunk');
      const wanted = new Set<string>();
      const want = (name: string): void => {
        const chunk = chunks.find(({ fileName }) => fileName === name);
        if (chunk === undefined || wanted.has(name)) return;
        wanted.add(name);
        chunk.imports.forEach(want);
      };
      const first = chunks.filter(
        ({ isEntry, facadeModuleId }) => isEntry || pages.some((page) => facadeModuleId?.endsWith(page)),
      );
      for (const { fileName } of first) want(fileName);
      const bytes = chunks
        .filter(({ fileName }) => wanted.has(fileName))
        .reduce((sum, { code }) => sum + gzipSync(code).length, 0);
      const kb = Math.round(bytes / 1_000);
      if (kb > limitKb) this.error(`First load is ${kb} kB gzip of script; the limit is ${limitKb} kB.`);
      else this.info(`First load: ${kb} kB gzip of script in ${wanted.size} files (limit ${limitKb} kB).`);
    },
  };
}
