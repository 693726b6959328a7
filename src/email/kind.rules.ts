import type { Header } from './header.rules.ts';

/** What sort of message it is. Only `human` and `invite` count as somebody having written. */
export type MessageKind = 'human' | 'auto_reply' | 'bounce' | 'bulk' | 'invite';

/**
 * Tells by header and structure who or what wrote a message. In this order, since each also carries marks of the later
 * ones: bounces (RFC 3464, and the reports of Exim, qmail and Exchange), invites (RFC 5546), automatic replies
 * (RFC 3834 and vendors' headers), lists and bulk (RFC 2369, 2919).
 */
export function messageKind(header: Header, calendarMethod: string | null = null): MessageKind {
  if (isBounce(header)) return 'bounce';
  if (calendarMethod !== null && SCHEDULING.has(calendarMethod)) return 'invite';
  if (isAutoReply(header)) return 'auto_reply';
  return isBulk(header) ? 'bulk' : 'human';
}

const SCHEDULING = new Set(['REQUEST', 'CANCEL', 'REPLY', 'COUNTER', 'DECLINECOUNTER', 'REFRESH', 'ADD']);

function isBounce(header: Header): boolean {
  const { value, params } = header.parameters('content-type');
  if (value === 'multipart/report') return params['report-type']?.toLowerCase() === 'delivery-status';
  if (header.has('x-failed-recipients') || value === 'message/delivery-status') return true;
  const nullSender = header.get('return-path').replace(/\s/g, '') === '<>';
  const daemon = /\b(mailer-daemon|postmaster|mail-daemon|mailerdaemon|microsoftexchange[0-9a-f]+)@|^<?mailer-daemon/i;
  const fromDaemon = daemon.test(header.get('from'));
  return (fromDaemon || nullSender) && (BOUNCE_SUBJECT.test(header.text('subject')) || (fromDaemon && nullSender));
}

const BOUNCE_SUBJECT =
  /undeliver|returned mail|delivery (status )?(notification|report|failure|has failed|problem)|failure notice|mail delivery (failed|system|subsystem)|delivery failed|returning message to sender|unzustellbar|non remis|échec de la remise|no se puede entregar|nicht zugestellt|mancato recapito/i;

function isAutoReply(header: Header): boolean {
  const submitted = autoSubmitted(header);
  if (submitted === 'auto-replied') return true;
  if (VENDOR_FIELDS.some((name) => header.has(name) && !/^(no|false|0)$/i.test(header.get(name)))) return true;
  const precedence = `${header.get('precedence')} ${header.get('x-precedence')}`;
  if (/auto[-_]?reply/i.test(precedence) || header.get('x-post-messageclass').startsWith('9')) return true;
  const report = header.parameters('content-type').params['report-type']?.toLowerCase();
  if (report === 'disposition-notification') return true;
  const machine = submitted.startsWith('auto-') || header.has('x-auto-response-suppress') || /bulk|junk/i.test(precedence);
  // Without a header to say so, only the subjects that mailers themselves put in front.
  return AUTO_SUBJECT.test(header.text('subject')) && (machine || !/^re:/i.test(header.text('subject')));
}

/** The keyword of Auto-Submitted, without parameters and comments. */
function autoSubmitted(header: Header): string {
  return /^[\w-]*/.exec(header.get('auto-submitted').toLowerCase())?.[0] ?? '';
}

const VENDOR_FIELDS = [
  'x-autoreply',
  'x-autorespond',
  'x-autoresponder',
  'x-auto-reply',
  'x-auto-reply-from',
  'x-autoreply-from',
  'x-mail-autoreply',
  'x-cyrus-session-id-vacation',
  'x-vacation',
];

const AUTO_SUBJECT =
  /^(auto(matic|matische|mated)?[ -]?(reply|response|antwort)\b|autoreply|auto:|out of (the )?office\b|ooo:|abwesenheit|abwesend:|réponse automatique|respuesta automática|risposta automatica|automatisch antwoord|resposta automática|autosvar|automatiskt svar|автоответ|自动回复|自動回覆)/i;

function isBulk(header: Header): boolean {
  if (BULK_FIELDS.some((name) => header.has(name))) return true;
  if (/^(bulk|list|junk)\b/i.test(header.get('precedence'))) return true;
  const report = header.parameters('content-type').value === 'multipart/report';
  return report || autoSubmitted(header).startsWith('auto-');
}

const BULK_FIELDS = ['list-id', 'list-unsubscribe', 'list-post', 'list-owner', 'feedback-id', 'x-campaign-id', 'x-mailchimp-id'];
