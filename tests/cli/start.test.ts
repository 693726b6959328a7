import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { type Command, throughline } from '../support/process.ts';
import { temporaryFolder } from '../support/servers/place.ts';

const started: Command[] = [];
const folders: string[] = [];

function start(env: Record<string, string>): Command {
  const command = throughline(['start'], { PORT: '0', LOG_LEVEL: 'warn', ...env });
  started.push(command);
  return command;
}

function dataFolder(): string {
  const folder = temporaryFolder('start');
  folders.push(folder);
  return folder;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((command) => (command.child.exitCode === null ? command.end('SIGTERM') : undefined)));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** Processes whose command line names the folder: what a hub left behind. */
async function processesOf(folder: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid,args']);
  return stdout.split('\n').filter((line) => line.includes(folder) && !line.includes('ps -eo'));
}

it('starts with one command, prints where it is, and lets the one-time link make the first admin once', async () => {
  const hub = start({ DATA_DIR: dataFolder() });
  const [, url] = await hub.prints(/Throughline is ready: (\S+)/);
  const [, token] = await hub.prints(/setup\?token=(\S+)/);
  const admin = { token, name: 'Ada', email: 'ada@example.com', password: 'a long enough one' };
  const setup = () =>
    fetch(`${url}/api/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(admin),
    });
  expect((await setup()).status).toBe(201);
  expect((await setup()).status).toBe(410);
  expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({
    ready: true,
    engines: { database: 'ok', migrations: 'ok', queues: 'ok' },
  });
  expect(await hub.end('SIGINT')).toBe(0);
});

it('comes up again after kill -9, with what was acknowledged, and leaves no process behind when it stops', async () => {
  const folder = dataFolder();
  const first = start({ DATA_DIR: folder });
  const [, url] = await first.prints(/Throughline is ready: (\S+)/);
  const made = throughline(['key', 'create', '--name', 'integration', '--role', 'admin'], { DATA_DIR: folder });
  expect(await made.exited).toBe(0);
  const key = made.stdout().trim();
  expect(key).toMatch(/^thl_[0-9a-f]{32}_[\w-]{43}$/);
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const contact = await fetch(`${url}/api/v1/contacts`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ firstName: 'Grace' }),
  });
  const { id } = (await contact.json()) as { id: string };
  await first.end('SIGKILL');

  const second = start({ DATA_DIR: folder });
  const [, again] = await second.prints(/Throughline is ready: (\S+)/);
  expect(await (await fetch(`${again}/api/v1/contacts/${id}`, { headers })).json()).toMatchObject({ firstName: 'Grace' });
  expect(await second.end('SIGTERM')).toBe(0);
  expect(await processesOf(folder)).toEqual([]);
});

it('refuses a second start on the same data and names the process that has it', async () => {
  const folder = dataFolder();
  const first = start({ DATA_DIR: folder });
  await first.prints(/Throughline is ready/);
  const second = start({ DATA_DIR: folder });
  expect(await second.exited).toBe(1);
  expect(second.stderr()).toContain(`in use by process ${first.pid}`);
});

it('names every wrong setting at once', async () => {
  const hub = start({ DATA_DIR: dataFolder(), PORT: 'http', REDIS_URL: 'localhost', SECRET_KEYS: 'short' });
  expect(await hub.exited).toBe(1);
  expect(hub.stderr()).toMatch(/PORT.*REDIS_URL.*SECRET_KEYS/s);
});
