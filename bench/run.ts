import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** Takes one measured value of a bench. */
export type Report = (name: string, value: number | string, unit?: string) => void;

interface Bench {
  bench(report: Report): Promise<void>;
}

/** `npm run bench [name ...]`: runs benches one after the other, prints what they measured, keeps it in `bench/results/`. */
const folder = import.meta.dirname;
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.replace(/\.ts$/, ''))
  .sort();
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !known.includes(name));
if (unknown !== undefined) {
  console.error(`There is no bench ${unknown}; there are ${known.join(', ')}.`);
  process.exit(1);
}

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.versions.node,
  platform: `${process.platform} ${process.arch}`,
};

for (const name of wanted.length > 0 ? wanted : known) {
  console.log(`\n## ${name}`);
  const values: { name: string; value: number | string; unit?: string }[] = [];
  const { bench } = (await import(join(folder, `${name}.ts`))) as Bench;
  await bench((what, value, unit) => {
    const shown = typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : 1 }) : value;
    console.log(`${what.padEnd(64)} ${shown}${unit === undefined ? '' : ` ${unit}`}`);
    values.push({ name: what, value, ...(unit === undefined ? {} : { unit }) });
  });
  mkdirSync(join(folder, 'results'), { recursive: true });
  writeFileSync(join(folder, 'results', `${name}.json`), `${JSON.stringify({ machine, values }, null, 2)}\n`);
}
process.exit(0);
