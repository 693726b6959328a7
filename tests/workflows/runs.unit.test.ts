import { pino } from 'pino';
import { expect, it } from 'vitest';
import { freePort } from '../../bin/stack/process.ts';
import { connectWorkflows } from '../../workers/runs.ts';

const log = pino({ level: 'silent' });
const poke = { kind: 'deal', recordId: '019aa000-0000-7000-8000-000000000000', eventId: null, position: null } as const;

it('an engine whose address is not known yet is unavailable at once', async () => {
  const runs = connectWorkflows({ address: () => undefined, log });
  await expect(runs.poke(poke)).rejects.toMatchObject({ code: 'workflows_unavailable', status: 503 });
  await expect(runs.describe('deal-1')).rejects.toMatchObject({ code: 'workflows_unavailable' });
  await runs.close();
});

it('an engine that does not answer is unavailable within seconds', async () => {
  const port = await freePort();
  const runs = connectWorkflows({ address: () => `127.0.0.1:${port}`, log });
  await expect(runs.poke(poke)).rejects.toMatchObject({ code: 'workflows_unavailable' });
  await runs.close();
});
