import { type Context, rootCause, type Services, systemActor, transact } from '../../src/context.ts';
import type { MailServerSettings, OutgoingMail, SendResult } from '../../src/email/mail.ports.ts';
import { isMailError, needsPerson } from '../../src/email/mail-error.rules.ts';
import { serversOf } from '../../src/email/mailboxes.ts';
import {
  beginSend,
  doubtSend,
  failSend,
  fileSends,
  finishSend,
  type Outgoing,
  outgoingOf,
  requeueSend,
} from '../../src/email/outgoing.ts';
import { refusedRecipients } from '../../src/email/recipients.ts';
import { unavailable } from '../../src/errors.ts';
import type { Job, JobHandler } from '../../src/queues.ts';
import { sendSystemMail } from './system-mail.ts';

const doing = { actor: systemActor, cause: rootCause({ kind: 'job' }) };
const attemptsAtMost = 10;

/**
 * Sends one message, at most once, and files a copy in Sent. The row says `sending` before a byte goes out and `sent` after the server
 * took it; a process killed in between leaves it to be shown as in doubt, not to be sent again.
 */
export const mailSend: JobHandler = async (services, job) => {
  if (job.data.messageId === undefined) return sendSystemMail(services, job);
  const found = await transact(services, doing, async (ctx) => {
    const outgoing = await outgoingOf(ctx, String(job.data.messageId));
    if (outgoing !== undefined && (await isUnwanted(ctx, outgoing))) return undefined;
    const servers = outgoing && (await serversOf(ctx, outgoing.mailboxId));
    return outgoing && servers ? { outgoing, servers, mine: await beginSend(ctx, outgoing) } : undefined;
  });
  if (found === undefined) return undefined;
  const { outgoing, servers, mine } = found;
  const { draft } = outgoing;
  const mail = await services.ports.mailServers.compose({ ...draft, date: new Date(draft.date) });
  const sent = mine ? await send(services, { outgoing, mail, smtp: servers.smtp, job }) : outgoing.state === 'sent';
  if (sent && !outgoing.filed) await file(services, { outgoing, mail, imap: servers.imap });
  return undefined;
};

/** Whether somebody it goes to has come to want no mail while it waited: then nothing of it is sent. */
async function isUnwanted(ctx: Context, outgoing: Outgoing): Promise<boolean> {
  if (outgoing.state !== 'queued') return false;
  const refused = await refusedRecipients(ctx, outgoing.draft);
  const [first] = refused;
  if (first === undefined) return false;
  await failSend(ctx, outgoing, { code: first.code, words: refused.map(({ message }) => message).join(' ') });
  return true;
}

interface Sending {
  outgoing: Outgoing;
  mail: OutgoingMail;
  smtp: MailServerSettings;
  job: Job;
}

/** True when the server took it. Throws `mail_server_unavailable` when it is to be tried again. */
async function send(services: Services, { outgoing, mail, smtp, job }: Sending): Promise<boolean> {
  let result: SendResult;
  try {
    result = await services.ports.mailServers.send(smtp, mail);
  } catch (error) {
    if (!isMailError(error)) throw error;
    const { kind, message: words, inDoubt, permanent } = error;
    const final = needsPerson(kind) || permanent === true || job.attempts >= attemptsAtMost;
    await transact(services, doing, async (ctx) => {
      if (inDoubt) await doubtSend(ctx, outgoing, words);
      else if (final) await failSend(ctx, outgoing, { code: kind, words });
      else await requeueSend(ctx, outgoing, words);
    });
    if (inDoubt || final) return false;
    throw unavailable('mail_server', words, error);
  }
  await transact(services, doing, (ctx) => finishSend(ctx, outgoing, result));
  return true;
}

/** Puts a copy into Sent unless it is there: some servers do that themselves, and a job may come twice. */
async function file(
  services: Services,
  { outgoing, mail, imap }: { outgoing: Outgoing; mail: OutgoingMail; imap: MailServerSettings },
): Promise<void> {
  const connection = await services.ports.mailServers.connect(imap).catch(retryable);
  try {
    const sent = (await connection.listFolders()).find(({ role }) => role === 'sent');
    if (sent) {
      const there = await connection.searchUids({ path: sent.path }, { messageId: outgoing.draft.messageId });
      const date = new Date(outgoing.draft.date);
      if (there.length === 0) await connection.append(sent.path, mail.source, { flags: ['\\Seen'], date });
    }
    await transact(services, doing, (ctx) => fileSends(ctx, [outgoing.messageId]));
  } catch (error) {
    retryable(error);
  } finally {
    await connection.close();
  }
}

function retryable(error: unknown): never {
  throw isMailError(error) && !needsPerson(error.kind) ? unavailable('mail_server', error.message, error) : error;
}
