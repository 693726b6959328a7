import type { Answer, Hub } from '../support/hub.ts';
import type { TestDovecot } from '../support/servers/dovecot.ts';
import { eventually } from '../support/wait.ts';

/** A mailbox of the test servers as the API is told of it. Without a Postfix its SMTP server is Dovecot's port, which takes nothing. */
export function mailboxBody(dovecot: TestDovecot, address: string, change: Record<string, unknown> = {}) {
  const auth = { type: 'password', username: address, password: 'secret' };
  return {
    address,
    imap: { host: '127.0.0.1', port: dovecot.ports.imap, security: 'none', auth },
    smtp: { host: '127.0.0.1', port: dovecot.ports.imap, security: 'none', auth },
    ...change,
  };
}

/** Connects a mailbox as the holder of a key; the API's answer. */
export async function connectMailbox(hub: Hub, body: unknown, key?: string): Promise<Answer> {
  const answer = await hub.call('POST', '/mailboxes', { body, ...(key === undefined ? {} : { key }) });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer;
}

/** Waits until all that was in the mailbox has been seen; the mailbox as the API shows it then. */
// biome-ignore lint/suspicious/noExplicitAny: a body of the API
export function untilImported(hub: Hub, id: string, key?: string): Promise<any> {
  return eventually(async () => {
    const { body } = await hub.call('GET', `/mailboxes/${id}`, key === undefined ? {} : { key });
    if (!['connecting', 'live'].includes(body.state)) throw new Error(`${body.state}: ${body.error}`);
    return body.import.progress === 1 && body.syncedAt !== null ? body : undefined;
  });
}

/** A plain mail of the given parts. */
export function aMail(parts: {
  from: string;
  to: string;
  subject: string;
  id: string;
  date?: Date;
  headers?: string[];
  body?: string;
}): Buffer {
  const date = parts.date ?? new Date();
  const headers = [
    `From: ${parts.from}`,
    `To: ${parts.to}`,
    `Subject: ${parts.subject}`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${parts.id}>`,
    ...(parts.headers ?? []),
  ];
  return Buffer.from(`${headers.join('\r\n')}\r\n\r\n${parts.body ?? 'Hello'}\r\n`);
}

/** Rows of the hub's database, for what the API does not show. */
// biome-ignore lint/suspicious/noExplicitAny: rows of any shape
export async function rows(hub: Hub, text: string, values: unknown[] = []): Promise<any[]> {
  const client = await hub.services.db.connect('test');
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}
