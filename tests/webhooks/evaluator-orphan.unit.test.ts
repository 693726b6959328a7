import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test, vi } from 'vitest';

const evaluatorUrl = new URL('../../integrations/jsonata/evaluator.ts', import.meta.url).href;

/** Answers one expression, says so, then loops in the next until it is killed. */
const program = `
  const { createEvaluator } = await import(${JSON.stringify(evaluatorUrl)});
  const evaluator = createEvaluator({ seats: 1, timeoutMs: 60_000 });
  await evaluator.evaluate('1', {});
  console.log('ready');
  await evaluator.evaluate('$match(text, /^(x+)+$/)', { text: 'x'.repeat(50) + '!' });
`;

function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=']).toString().trim().split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.filter(([, parent]) => parent === pid).map(([child]) => child!);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('an expression that loops ends with the process that asked, even when that is killed', async () => {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(parent.stdout, 'data');
  const children = childrenOf(parent.pid!);
  expect(children).toHaveLength(1);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  try {
    await vi.waitFor(() => expect(children.some(isAlive)).toBe(false), { timeout: 10_000, interval: 50 });
  } finally {
    for (const child of children.filter(isAlive)) process.kill(child, 'SIGKILL');
  }
});
