import type { MailServers } from '../src/email/mail.ports.ts';
import { type ImapNetwork, imapServers } from './imap/imap.ts';
import { smtpServers } from './smtp/smtp.ts';

/** The port for mail servers: IMAP and SMTP, both reached only at addresses that `network.dial` allows. */
export const mailServers = (network: ImapNetwork): MailServers => ({ ...imapServers(network), ...smtpServers(network) });
