#!/usr/bin/env node
import { Command, Option } from 'commander';
import { ConfigError } from '../src/config.ts';
import { AppError } from '../src/errors.ts';
import { createKeyCommand, createUserCommand, migrateCommand, resetLinkCommand } from './commands.ts';
import { demo } from './demo/demo.ts';
import { doctor } from './doctor.ts';
import { type Role, roles } from './roles.ts';
import { rotateSecretsCommand } from './secrets.ts';
import { serve } from './serve.ts';
import { StackError } from './stack/report.ts';
import { start } from './start.ts';

const program = new Command('throughline')
  .description('A self-hosted CRM and workflow-driven integration hub.')
  .showHelpAfterError();

program.command('start').description('start everything that is not configured, and every role in one process').action(start);

program
  .command('serve')
  .description('play some roles against configured engines; waits at /readyz for migrations')
  .requiredOption('--roles <list>', `comma-separated, of ${roles.join(', ')}`, rolesOf)
  .action((options: { roles: Role[] }) => serve(options.roles));

program.command('migrate').description('bring the database to the newest schema').action(migrateCommand);

program.command('doctor').description('check every engine, versions, clocks and disk, and say the remedy').action(doctor);

const user = program.command('user').description('people who sign in');

user
  .command('create')
  .requiredOption('--email <address>')
  .requiredOption('--name <name>')
  .addOption(new Option('--role <role>').choices(['admin', 'manager', 'rep', 'viewer']).default('rep'))
  .option('--password <password>', 'at least 10 characters; made up and printed when not given')
  .action(createUserCommand);

user
  .command('reset-link')
  .description('print a link that lets a user in and set a password, also when passwords are switched off')
  .requiredOption('--email <address>')
  .action(resetLinkCommand);

program
  .command('key')
  .description('API keys')
  .command('create')
  .description('make a key and print it, and nothing else, on standard output')
  .requiredOption('--name <name>')
  .addOption(new Option('--role <role>').choices(['admin', 'manager', 'rep', 'viewer']).makeOptionMandatory())
  .action(createKeyCommand);

program
  .command('secrets')
  .description('the keys that seal stored secrets')
  .command('rotate')
  .description('seal everything anew with the first key of SECRET_KEYS; can be stopped and run again')
  .action(rotateSecretsCommand);

program
  .command('demo')
  .description('fill the hub with an organisation to look at, or take exactly that away')
  .option('--remove', 'take the demo data away; what people have worked on is kept')
  .option('--seed <number>', 'the same seed makes the same organisation', Number, 1)
  .action(demo);

function rolesOf(list: string): Role[] {
  const wanted = list.split(',').map((role) => role.trim());
  const unknown = wanted.find((role) => !roles.includes(role as Role));
  if (unknown !== undefined) throw new StackError(`There is no role ${unknown}; choose of ${roles.join(', ')}.`);
  return wanted as Role[];
}

try {
  await program.parseAsync();
} catch (error) {
  const expected = error instanceof StackError || error instanceof ConfigError || error instanceof AppError;
  console.error(expected ? error.message : error);
  process.exit(1);
}
