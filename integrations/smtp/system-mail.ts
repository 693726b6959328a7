import { createTransport, type NodemailerError } from 'nodemailer';
import { AppError, unavailable } from '../../src/errors.ts';
import type { SystemMail, SystemMailText } from '../../src/ports.ts';
import { smtpFailure } from './smtp-failure.ts';

const timeoutMs = 15_000;

/**
 * The hub's own mail by Nodemailer, through the operator's server: its address is configuration, so it is not vetted. With a password in
 * the address the connection must be encrypted, unless the server is on this machine.
 */
export function createSystemMail({
  smtpUrl,
  mailFrom,
}: {
  smtpUrl?: string | undefined;
  mailFrom?: string | undefined;
}): SystemMail {
  const send = async (mail: SystemMailText): Promise<void> => {
    if (smtpUrl === undefined) throw new AppError('mail_not_configured', 409, 'SMTP_URL is not set.');
    const { hostname, username } = new URL(smtpUrl);
    const transport = createTransport({
      url: smtpUrl,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs * 2,
      requireTLS: username !== '' && !/^(localhost|127\.|\[::1\])/.test(hostname),
    });
    try {
      await transport.sendMail({
        from: mailFrom ?? `throughline@${hostname}`,
        ...mail,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    } catch (error) {
      throw refusalOf(error as NodemailerError);
    } finally {
      transport.close();
    }
  };
  return {
    configured: smtpUrl !== undefined,
    send,
    async test(mail) {
      try {
        await send(mail);
        return { ok: true, message: `A mail to ${mail.to} is on its way.` };
      } catch (error) {
        return { ok: false, message: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

function refusalOf(error: NodemailerError): AppError {
  const failure = smtpFailure(error);
  const words = `The mail server (SMTP_URL) says: ${failure.message}`;
  const final = failure.kind === 'rejected' || (failure.kind === 'refused_message' && failure.permanent !== false);
  return final ? new AppError('mail_refused', 409, words, {}, error) : unavailable('mail_server', words, error);
}
