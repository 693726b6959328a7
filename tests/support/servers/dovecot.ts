import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { spawnServer } from '../../../bin/stack/process.ts';
import { eventually } from '../wait.ts';
import { dovecotConfig } from './dovecot.config.ts';
import { freePorts, removeServer, selfSigned, temporaryFolder, untilListening } from './place.ts';

interface ImportOptions {
  /** INBOX when not given; made when it is not there. */
  folder?: string;
  flags?: string[];
  date?: Date;
}

export interface TestDovecot {
  host: string;
  /** `imap` is plain and offers STARTTLS, `imaps` speaks TLS from the start; `auth` answers SASL questions of a Postfix. */
  ports: { imap: number; imaps: number; lmtp: number; auth: number };
  /** The certificate of both, for clients that verify. */
  certificate: string;
  pid: number;
  /** Adds a user, or changes the password; it holds when the promise resolves. */
  addUser(address: string, password: string): Promise<void>;
  removeUser(address: string): Promise<void>;
  /** An ImapFlow that is signed in; the caller closes it. */
  connect(address: string): Promise<ImapFlow>;
  /** Puts raw messages into a folder by IMAP APPEND, in order. */
  import(address: string, messages: (string | Buffer)[], options?: ImportOptions): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a Dovecot with these users (address to password). Everything it writes is in a temporary folder. */
export async function startDovecot(users: Record<string, string>): Promise<TestDovecot> {
  const folder = temporaryFolder('dovecot');
  const [imap = 0, imaps = 0, lmtp = 0, auth = 0] = await freePorts(4);
  const ports = { imap, imaps, lmtp, auth };
  const tls = selfSigned(folder);
  const book = userBook(folder, users);
  prepare(folder);
  const config = join(folder, 'dovecot.conf');
  writeFileSync(config, dovecotConfig({ folder, ports, tls }));
  const logFile = join(folder, 'dovecot.log');
  const server = spawnServer({ command: dovecotBinary(), args: ['-F', '-c', config], logFile, env: process.env });
  await untilListening(server, Object.values(ports));

  const connect = (user: string, pass = book.passwordOf(user)) => signIn(imap, user, pass);
  async function signsIn(user: string, password: string): Promise<boolean> {
    const client = await connect(user, password).catch(() => undefined);
    await client?.logout();
    return client !== undefined;
  }

  return {
    host: '127.0.0.1',
    ports,
    certificate: tls.cert,
    pid: server.pid,
    // Dovecot looks at the file once a second at most.
    async addUser(address, password) {
      book.set(address, password);
      await eventually(() => signsIn(address, password), { intervalMs: 100 });
    },
    async removeUser(address) {
      const password = book.passwordOf(address);
      book.set(address, undefined);
      await eventually(async () => !(await signsIn(address, password)), { intervalMs: 100 });
    },
    connect: (address) => connect(address),
    async import(address, messages, options = {}) {
      const client = await connect(address);
      await append(client, messages, options).finally(() => client.logout());
    },
    stop: () => removeServer(server.pid, folder),
  };
}

async function signIn(port: number, user: string, pass: string): Promise<ImapFlow> {
  const door = { host: '127.0.0.1', port, secure: false, doSTARTTLS: false };
  const client = new ImapFlow({ ...door, auth: { user, pass }, logger: false });
  await client.connect();
  return client;
}

/** The file with users and passwords, written anew at each change. */
function userBook(folder: string, users: Record<string, string>) {
  const passwords = new Map(Object.entries(users));
  const file = join(folder, 'users');
  let writes = 0;
  const write = () => {
    writeFileSync(file, [...passwords].map(([user, word]) => `${user}:{PLAIN}${word}::::::\n`).join(''));
    // Dovecot compares the time in whole seconds, and two changes may come within one.
    const time = Math.floor(Date.now() / 1000) + writes++;
    utimesSync(file, time, time);
  };
  write();
  return {
    passwordOf: (user: string) => passwords.get(user) ?? '',
    set(user: string, password: string | undefined) {
      if (password === undefined) passwords.delete(user);
      else passwords.set(user, password);
      write();
    },
  };
}

async function append(client: ImapFlow, messages: (string | Buffer)[], { folder = 'INBOX', flags = [], date }: ImportOptions) {
  if (folder !== 'INBOX') await client.mailboxCreate(folder);
  for (const message of messages) await client.append(folder, message, flags, date);
}

/** The folder of the mails belongs to whoever writes them: under root that is `nobody`. */
function prepare(folder: string): void {
  const mail = join(folder, 'mail');
  mkdirSync(mail);
  if (process.getuid?.() !== 0) return;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  chownSync(mail, id('-u'), id('-g'));
  chmodSync(mail, 0o700);
}

/** Debian keeps it in /usr/sbin, which is not on every user's PATH. */
function dovecotBinary(): string {
  return process.platform === 'linux' ? '/usr/sbin/dovecot' : 'dovecot';
}
