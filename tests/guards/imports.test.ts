import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { faultOf, importsIn, withoutComments } from '../support/arrows.ts';

const top = resolve(import.meta.dirname, '../..');
const folders = ['src', 'workflows', 'workers', 'integrations', 'bin', 'web', 'migrations'];
const files = folders
  .flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: top }))
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !/(^|\/)(node_modules|dist)\//.test(file));
const textOf = (file: string): string => readFileSync(resolve(top, file), 'utf8');
const faultsIn = (file: string, text: string): string[] => importsIn(file, text).flatMap((line) => faultOf(file, line) ?? []);

/** Files whose code, comments aside, holds the pattern. */
const holding = (pattern: RegExp, inFolders: RegExp): string[] =>
  files.filter((file) => inFolders.test(file) && pattern.test(withoutComments(textOf(file))));

it('has no import that the table of the layout does not have', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap((file) => faultsIn(file, textOf(file)))).toEqual([]);
});

it.each([
  ['src/contacts/x.ts', "import { findDeal } from '../deals/deals.ts';"],
  ['src/contacts/x.ts', "import type { Deal } from '../deals/deal.entity.ts';"],
  ['src/activities/x.ts', "import { createTask } from '../tasks/tasks.ts';"],
  ['src/deals/x.ts', "import { buildApp } from '../app.ts';"],
  ['src/log.ts', "import { findDeal } from './deals/deals.ts';"],
  ['src/deals/x.ts', "import { Client } from '@temporalio/client';"],
  ['src/email/x.ts', "import { ImapFlow } from 'imapflow';"],
  ['src/email/x.ts', "import { openImap } from '../../integrations/imap/imap.ts';"],
  ['src/deals/x.schema.ts', "import { SQL } from '../database.ts';"],
  ['src/deals/x.rules.ts', "import { SQL } from '../database.ts';"],
  ['integrations/imap/x.ts', "import { rowsOf } from '../../src/context.ts';"],
  ['integrations/imap/x.ts', "import { send } from '../smtp/smtp.ts';"],
  ['integrations/imap/x.ts', "import type { Context } from '../../src/context.ts';"],
  ['workflows/x.ts', "import { readFile } from 'node:fs/promises';"],
  ['workflows/x.ts', "import { findDeal } from '../src/deals/deals.ts';"],
  ['web/x.tsx', "import { createDeal } from '../src/deals/deals.ts';"],
  ['web/x.tsx', "const deals = await import('../src/deals/deals.ts');"],
  ['workers/x.ts', "import { startHub } from '../tests/support/hub.ts';"],
  ['workers/x.ts', "export { main } from '../bin/throughline.ts';"],
  ['migrations/x.ts', "import {\n  SQL,\n  type Executor,\n} from '../src/database.ts';"],
])('reports a planted violation in %s: %s', (file, line) => {
  expect(faultsIn(file, `${line}\n`)).toHaveLength(1);
});

it.each([
  ['src/deals/x.ts', "import { linkable } from '../contacts/contacts.ts';"],
  ['src/deals/x.ts', "import type { App } from '../http.ts';"],
  ['src/feed.routes.ts', "import { can } from './identity/permissions.ts';"],
  ['integrations/imap/x.ts', "import type { MailPort } from '../../src/email/mail.ports.ts';"],
  ['workflows/x.ts', "import type { Deal } from '../src/deals/deal.entity.ts';"],
  ['workflows/x.ts', "import { rotAt } from '../src/deals/rot.rules.ts';"],
  ['web/x.tsx', "import { CreateDeal } from '../src/deals/deal.schema.ts';"],
  ['web/x.tsx', "import type { Deal } from '../src/deals/deal.entity.ts';"],
])('takes %s: %s', (file, line) => {
  expect(faultsIn(file, line)).toEqual([]);
});

it('reads the clock in one place, where bin/ makes the services', () => {
  expect(holding(/new Date\(\)|Date\.now\(\)/, /^(src|workers|integrations)\//)).toEqual([]); // in workflows it is Temporal's clock
});

it('reads the environment in config.ts, and for the children of the embedded stack', () => {
  expect(holding(/process\.env\b/, /^(src|workers|workflows|integrations|migrations|bin\/(?!stack\/))/)).toEqual([
    'src/config.ts',
  ]);
});

it('takes Kysely from the entity manager in database.ts alone, so that SQL always follows a flush', () => {
  expect(holding(/\bem\.getKysely\b/, /^(src|workers|workflows|integrations|bin)\//)).toEqual(['src/database.ts']);
});

it('writes events through emit alone', () => {
  expect(holding(/insert into events\b/i, /^(src|workers|integrations|bin)\//)).toEqual(['src/write-events.ts']);
});
