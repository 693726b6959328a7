import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnServer } from '../../../bin/stack/process.ts';
import { freePorts, removeServer, selfSigned, temporaryFolder, untilListening } from './place.ts';

export interface PostfixOptions {
  /** Mail to these domains goes to Dovecot by LMTP; mail to any other is accepted and thrown away. */
  domains: string[];
  dovecot: { ports: { lmtp: number; auth: number } };
  /** Ask for a password (Dovecot's) before taking mail; true when not given. */
  auth?: boolean;
}

export interface TestPostfix {
  host: string;
  /** `submission` is plain and offers STARTTLS, `submissions` speaks TLS from the start. */
  ports: { submission: number; submissions: number };
  certificate: string;
  pid: number;
  /** What Postfix wrote so far: a line per message it took, delivered or bounced. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts a Postfix of its own, with its queue, data and log in a temporary folder. Needs root, as Postfix does. */
export async function startPostfix(options: PostfixOptions): Promise<TestPostfix> {
  const folder = temporaryFolder('postfix');
  const [submission = 0, submissions = 0] = await freePorts(2);
  const logFile = join(folder, 'postfix.log');
  prepare(folder);
  const tls = selfSigned(folder);
  writeFileSync(join(folder, 'etc', 'main.cf'), mainConfig(folder, tls, options));
  writeFileSync(join(folder, 'etc', 'master.cf'), masterConfig(submission, submissions));
  const args = ['-c', join(folder, 'etc'), '-d'];
  const server = spawnServer({
    command: `${daemonFolder()}/master`,
    args,
    logFile: join(folder, 'master.log'),
    env: process.env,
  });
  await untilListening(server, [submission, submissions]);
  return {
    host: '127.0.0.1',
    ports: { submission, submissions },
    certificate: tls.cert,
    pid: server.pid,
    log: () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : ''),
    stop: () => removeServer(server.pid, folder),
  };
}

function mainConfig(
  folder: string,
  tls: { cert: string; key: string },
  { domains, dovecot, auth = true }: PostfixOptions,
): string {
  const recipients = auth ? 'permit_sasl_authenticated, reject' : 'permit_mynetworks, reject';
  const settings: Record<string, string> = {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'spool'),
    data_directory: join(folder, 'data'),
    daemon_directory: daemonFolder(),
    maillog_file: join(folder, 'postfix.log'),
    maillog_file_prefixes: folder,
    myhostname: 'postfix.test',
    mydestination: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mynetworks: '127.0.0.0/8',
    alias_maps: '',
    local_recipient_maps: '',
    message_size_limit: '52428800',
    virtual_mailbox_domains: domains.join(', '),
    virtual_mailbox_maps: 'static:all',
    virtual_transport: `lmtp:inet:127.0.0.1:${dovecot.ports.lmtp}`,
    default_transport: 'discard:outside the tests',
    smtputf8_enable: 'yes',
    smtpd_recipient_restrictions: recipients,
    smtpd_relay_restrictions: recipients,
    smtpd_sasl_auth_enable: auth ? 'yes' : 'no',
    smtpd_sasl_type: 'dovecot',
    smtpd_sasl_path: `inet:127.0.0.1:${dovecot.ports.auth}`,
    smtpd_sasl_security_options: 'noanonymous',
    smtpd_tls_security_level: 'may',
    smtpd_tls_auth_only: 'no',
    smtpd_tls_cert_file: tls.cert,
    smtpd_tls_key_file: tls.key,
    // Limits against strangers only slow the tests down.
    smtpd_error_sleep_time: '0',
    smtpd_client_connection_count_limit: '0',
    smtpd_client_connection_rate_limit: '0',
    in_flow_delay: '0',
    lmtp_destination_concurrency_limit: '20',
    minimal_backoff_time: '1s',
    queue_run_delay: '1s',
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('');
}

/** Without chroot, and without `pickup`: mail comes in by SMTP only. */
function masterConfig(submission: number, submissions: number): string {
  return `
127.0.0.1:${submission} inet n - n - 50 smtpd
127.0.0.1:${submissions} inet n - n - 50 smtpd -o smtpd_tls_wrappermode=yes
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 1 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix - - n - - smtp
lmtp      unix - - n - - lmtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
`;
}

/** The queue's folders with the owners that the daemons insist on. */
function prepare(folder: string): void {
  const owned = [
    'active',
    'bounce',
    'corrupt',
    'defer',
    'deferred',
    'flush',
    'hold',
    'incoming',
    'private',
    'public',
    'maildrop',
    'saved',
    'trace',
  ];
  const [uid, gid] = ownerIds();
  mkdirSync(join(folder, 'etc'));
  mkdirSync(join(folder, 'spool'));
  mkdirSync(join(folder, 'spool', 'pid'));
  for (const path of [...owned.map((name) => join('spool', name)), 'data']) {
    mkdirSync(join(folder, path), { mode: 0o700 });
    chownSync(join(folder, path), uid, gid);
  }
}

function ownerIds(): [number, number] {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postfix:'));
  if (!line) throw new Error('there is no user "postfix": install the package postfix');
  const [, , uid, gid] = line.split(':');
  return [Number(uid), Number(gid)];
}

/** Where the distribution keeps Postfix's daemons. */
function daemonFolder(): string {
  return execFileSync('/usr/sbin/postconf', ['-d', '-h', 'daemon_directory'], { encoding: 'utf8' }).trim();
}
