import { readFileSync, writeFileSync } from 'node:fs';
import { envName, settings } from '../src/config.ts';

/** `node bin/settings-table.ts` writes the table of settings into the README, between its two `settings` markers. */

const begin = '<!-- settings -->';
const end = '<!-- /settings -->';

/** The settings as a Markdown table, in the order of `src/config.ts`. */
export function settingsTable(): string {
  const rows = Object.entries(settings).map(([key, { fallback, says }]) => {
    const value = fallback === undefined || fallback === '' ? '' : `\`${fallback}\``;
    return `| \`${envName(key)}\` | ${value} | ${says.replaceAll('|', '\\|')} |`;
  });
  return ['| setting | default | what it does |', '|---|---|---|', ...rows].join('\n');
}

/** A README with the table put between its markers. Throws when it has no markers. */
export function withSettings(readme: string): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The README needs ${begin} and ${end}, in this order.`);
  return `${readme.slice(0, from + begin.length)}\n\n${settingsTable()}\n\n${readme.slice(to)}`;
}

if (import.meta.main) {
  const readme = new URL('../README.md', import.meta.url);
  writeFileSync(readme, withSettings(readFileSync(readme, 'utf8')));
}
