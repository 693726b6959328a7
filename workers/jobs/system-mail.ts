import { rootCause, type Services, systemActor, transact } from '../../src/context.ts';
import { type LinkMail, linkMail } from '../../src/identity/links.ts';
import type { Job } from '../../src/queues.ts';

const doing = { actor: systemActor, cause: rootCause({ kind: 'job' }) };

/** Mails a link of the hub to whom it is for. The link is made now; one that was sent by an earlier try stops working. */
export async function sendSystemMail(services: Services, job: Job): Promise<undefined> {
  const { userId, email } = job.data as { userId?: string; email?: string }; // as links.ts has put it
  const asked = { ...(userId === undefined ? {} : { userId }), ...(email === undefined ? {} : { email }) };
  const mail = await transact(services, doing, (ctx) => linkMail(ctx, asked));
  if (mail !== undefined) await services.ports.systemMail.send({ to: mail.to, ...wordsOf(mail, baseOf(services)) });
}

const baseOf = ({ config }: Services): string => config.publicUrl?.replace(/\/+$/, '') ?? `http://localhost:${config.port}`;

function wordsOf({ name, purpose, path, hours }: LinkMail, base: string): { subject: string; text: string } {
  const valid = hours > 48 ? `${hours / 24} days` : `${hours} hours`;
  const [subject, why] =
    purpose === 'invitation'
      ? ['You are invited to Throughline', 'You are invited to Throughline. Choose your password here:']
      : ['A new password for Throughline', 'Somebody, most likely you, asked for a new password. Choose it here:'];
  const close = 'The link works once, for ';
  return {
    subject,
    text: `Hello ${name},\n\n${why}\n\n${base}${path}\n\n${close}${valid}. If you did not expect it, ignore this mail: nothing changes.\n`,
  };
}
