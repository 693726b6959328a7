import MailComposer from 'nodemailer/lib/mail-composer';
import type { MailDraft, MailPerson, OutgoingMail } from '../../src/email/mail.ports.ts';

/**
 * Writes a message (RFC 5322, MIME) by Nodemailer. `bcc` is in the envelope and nowhere in the bytes; the Message-ID and
 * the date are the caller's.
 */
export async function composeMessage(draft: MailDraft): Promise<OutgoingMail> {
  const composer = new MailComposer({
    from: person(draft.from),
    to: draft.to.map(person),
    cc: (draft.cc ?? []).map(person),
    bcc: (draft.bcc ?? []).map(person),
    replyTo: (draft.replyTo ?? []).map(person),
    subject: draft.subject,
    text: draft.text,
    ...(draft.html === undefined ? {} : { html: draft.html }),
    messageId: bracketed(draft.messageId),
    ...(draft.inReplyTo === undefined ? {} : { inReplyTo: bracketed(draft.inReplyTo) }),
    references: (draft.references ?? []).map(bracketed),
    date: draft.date,
    newline: '\r\n',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const node = composer.compile();
  const { from, to } = node.getEnvelope();
  return { envelope: { from: from || '', to }, source: await node.build() };
}

function person({ address, name }: MailPerson): { address: string; name: string } {
  return { address, name: name ?? '' };
}

function bracketed(id: string): string {
  return `<${id.replace(/^<|>$/g, '')}>`;
}
