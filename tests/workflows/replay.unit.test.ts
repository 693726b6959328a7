import { globSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { workflowBundle } from '../../workers/bundle.ts';
import { installRuntime } from '../../workers/temporal.ts';
import * as workflows from '../../workflows/index.ts';

const histories = globSync(join(import.meta.dirname, 'histories', '*.json')).sort();
let codePath: string;
beforeAll(async () => {
  installRuntime(pino({ level: 'silent' }));
  codePath = await workflowBundle(join(tmpdir(), 'throughline-tests-bundles'));
});

const replay = (json: string) => Worker.runReplayHistory({ workflowBundle: { codePath } }, JSON.parse(json));

describe('recorded histories', () => {
  for (const file of histories) {
    it(`${basename(file)} replays with the workflows of today`, () => replay(readFileSync(file, 'utf8')));
  }

  it('each workflow type has one', () => {
    const recorded = histories.map((file) => /"workflowType":\s*\{\s*"name":\s*"(\w+)"/.exec(readFileSync(file, 'utf8'))?.[1]);
    expect([...new Set(recorded)].sort()).toEqual(Object.keys(workflows).sort());
  });

  it('a history of other steps than the workflow takes is noticed', async () => {
    const other = readFileSync(histories[0] ?? '', 'utf8').replaceAll(/"lookAt\w+"/g, '"lookElsewhere"');
    await expect(replay(other)).rejects.toThrow(/lookElsewhere|Nondeterminism/i);
  });
});
