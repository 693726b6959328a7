import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type Engine, type Missing, provision } from './provision.ts';
import { chosenSuites, type Suite } from './suites.ts';

/** `npm test`: gets the servers that the chosen suites need, runs them, and sums up. Arguments go to Vitest. */

const top = resolve(import.meta.dirname, '../..');
const results = join(top, 'tests/.artifacts/results.json');

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { name: string; status: string; message: string; assertionResults: Outcome[] }[];
}

interface Outcome {
  fullName: string;
  status: string;
  failureMessages: string[];
}

const args = process.argv.slice(2);
const say = (line: string) => console.log(`[npm test] ${line}`);
const suites = chosenSuites(args);
const missing = await provision([...new Set(suites.flatMap((suite) => [...suite.engines]))], say);
const left = suites.filter((suite) => missing.some(({ engine }) => suite.engines.has(engine)));
const code = await runVitest(args, left);
const ran = readReport();
const { passed, failed } = totals(ran, code);
report(missing, left);
for (const failure of ran === null ? [] : failures(ran)) say(failure);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || missing.length > 0 || code !== 0 ? 1 : 0;

function runVitest(vitestArgs: string[], excluded: Suite[]): Promise<number> {
  rmSync(results, { force: true });
  const cli = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  // Vitest's own --exclude does not reach the projects.
  const env = { ...process.env, TEST_EXCLUDE: excluded.map((suite) => suite.file).join(',') };
  const child = spawn(process.execPath, [cli, 'run', ...vitestArgs], { cwd: top, stdio: 'inherit', env });
  // Ctrl-C reaches Vitest too; we wait for it to stop its servers.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((done) => {
    child.on('error', () => done(1));
    child.on('exit', (status) => done(status ?? 1));
  });
}

function readReport(): Report | null {
  return existsSync(results) ? (JSON.parse(readFileSync(results, 'utf8')) as Report) : null;
}

/** A line for each test that failed and each file that could not be loaded: where it is, and how its message begins. */
function failures({ testResults }: Report): string[] {
  const line = (file: string, test: string, message: string) =>
    `failed: ${[relative(top, file), test].filter(Boolean).join(' > ')}: ${stripVTControlCharacters(message).split('\n').slice(0, 3).join(' ').slice(0, 600)}`;
  return testResults.flatMap(({ name, status, message, assertionResults }) =>
    status === 'failed' && assertionResults.length === 0
      ? [line(name, '', message)]
      : assertionResults
          .filter((test) => test.status === 'failed')
          .map((test) => line(name, test.fullName, test.failureMessages[0] ?? '')),
  );
}

/** A file that could not be loaded has no tests to count and counts as one failed; so does a run without a report. */
function totals(ran: Report | null, status: number): { passed: number; failed: number } {
  if (ran === null) return { passed: 0, failed: status === 0 ? 0 : 1 };
  const { numPassedTests, numFailedTests, testResults } = ran;
  const unloaded = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  const failed = numFailedTests + unloaded;
  return { passed: numPassedTests, failed: failed === 0 && status !== 0 ? 1 : failed };
}

function report(absent: Missing[], notRun: Suite[]): void {
  for (const { engine, remedy } of absent) say(`${engine} is missing and could not be got here. Remedy: ${remedy}`);
  const needs = (engines: Set<Engine>) => [...engines].filter((engine) => absent.some((one) => one.engine === engine)).join(', ');
  for (const { file, engines } of notRun) say(`not run: ${file} (needs ${needs(engines)})`);
}
