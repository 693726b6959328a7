import { Readable } from 'node:stream';
import type { SMTPConnectionOptions } from 'nodemailer';
import SMTPConnection, { type SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection';
import type { MailServerSettings, OutgoingMail, PartResult, SendResult, SmtpServers } from '../../src/email/mail.ports.ts';
import { MailServerError } from '../mail-error.ts';
import { dialled, type MailNetwork, timeoutMs, tlsOptions, within } from '../mail-network.ts';
import { composeMessage } from './compose.ts';
import { refusals, smtpFailure } from './smtp-failure.ts';

/** SMTP submission (RFC 5321, 6409) by Nodemailer, reached only at addresses that `network.dial` allows. */
export function smtpServers(network: MailNetwork): SmtpServers {
  return {
    compose: composeMessage,
    send: (settings, mail) => send(network, settings, mail),
    testSmtp: (settings) => testSmtp(network, settings),
  };
}

async function testSmtp(network: MailNetwork, settings: MailServerSettings): Promise<PartResult> {
  try {
    const connection = await signIn(network, settings);
    connection.quit();
    return { ok: true };
  } catch (error) {
    const failure = smtpFailure(error);
    return { ok: false, code: failure.kind, message: failure.message };
  }
}

async function send(network: MailNetwork, settings: MailServerSettings, mail: OutgoingMail): Promise<SendResult> {
  const connection = await signIn(network, settings).catch((error: unknown) => Promise.reject(smtpFailure(error)));
  // Read only after the server's go-ahead (354): once it is read to its end, a lost connection leaves us in doubt.
  const body = Readable.from([mail.source], { objectMode: false });
  try {
    const sent = await deliver(connection, mail, body);
    connection.quit();
    const serverMessageId = sent.serverMessageId?.replace(/^<|>$/g, '');
    return {
      accepted: sent.accepted,
      refused: refusals(sent.rejectedErrors ?? []),
      response: sent.response,
      ...(serverMessageId ? { serverMessageId } : {}),
    };
  } catch (error) {
    connection.close();
    throw smtpFailure(error, { handedOver: body.readableEnded });
  }
}

/** Connects, encrypts as asked, and signs in: always, since a server without sign-in would take any password. */
async function signIn(network: MailNetwork, settings: MailServerSettings): Promise<SMTPConnection> {
  const connection = new SMTPConnection(await connectionOptions(network, settings));
  const { username, password } = settings.auth;
  const { promise, resolve, reject } = Promise.withResolvers<SMTPConnection>();
  // Stays for the connection's life: what is emitted after the sign-in also reaches the callback of the send.
  connection.on('error', reject);
  connection.connect((refused) => {
    if (refused) return reject(refused);
    connection.login({ user: username, pass: password }, (error) => (error ? reject(error) : resolve(connection)));
  });
  try {
    return await within(timeoutMs(network) * 3, promise, 'signing in');
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function connectionOptions(network: MailNetwork, settings: MailServerSettings): Promise<SMTPConnectionOptions> {
  const limit = timeoutMs(network);
  return {
    host: await dialled(network, settings.host),
    port: settings.port,
    servername: settings.host,
    secure: settings.security === 'tls',
    requireTLS: settings.security === 'starttls',
    ignoreTLS: settings.security === 'none',
    tls: tlsOptions(network),
    connectionTimeout: limit,
    greetingTimeout: limit,
    // Servers may think for minutes after the message's last byte (RFC 5321, 4.5.3.2.6: 10 minutes).
    socketTimeout: limit * 6,
  };
}

function deliver(connection: SMTPConnection, mail: OutgoingMail, body: Readable): Promise<SMTPConnectionSendInfo> {
  const envelope = { ...mail.envelope, size: mail.source.length };
  return new Promise((resolve, reject) => {
    connection.once('end', () => reject(new MailServerError('unreachable', 'the connection was closed')));
    connection.send(envelope, body, (error, info) => (error ? reject(error) : resolve(info)));
  });
}
