/** Small deterministic generator (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  weighted<K extends string>(weights: Record<K, number>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.below(entries.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    return entries[0]![0];
  }
}

/** How often each shape occurs, by weight. */
export const SHAPES = {
  plain: 300,
  alternative: 330,
  html: 80,
  attachment: 90,
  inline: 40,
  latin1: 40,
  charset: 25,
  list: 35,
  auto: 10,
  bounce: 8,
  invite: 12,
  forwarded: 8,
  'no-message-id': 6,
  'raw-8bit': 6,
  'no-closing-boundary': 5,
  'bad-date': 3,
  'nul-bytes': 2,
} as const;
export type Shape = keyof typeof SHAPES;

interface Content {
  fields: string[];
  body: string | Buffer;
}

const TEXT = ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit'];

/** The MIME fields and the body of one message; many shapes share a body and differ in their header. */
export function content(
  dice: Dice,
  { words, id, subject }: { words: string; id: string; subject: string },
  shape: Shape,
): Content {
  const b = `b${dice.below(1e9).toString(36)}`;
  const mixed = (kind: string, parts: string[], closing = true): Content => ({
    fields: [`Content-Type: multipart/${kind}; boundary="${b}"`],
    body: `${parts.map((part) => `--${b}\r\n${part}\r\n`).join('')}${closing ? `--${b}--\r\n` : ''}`,
  });
  const text = `${TEXT.join('\r\n')}\r\n\r\n${words}`;
  switch (shape) {
    case 'alternative':
      return mixed('alternative', [text, htmlPart(words)]);
    case 'html':
      return {
        fields: ['Content-Type: text/html; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable'],
        body: quoted(page(words)),
      };
    case 'attachment':
      return mixed('mixed', [text, file(dice, 'application/pdf', 'offer.pdf', 2_000 + dice.below(60_000))]);
    case 'inline':
      return mixed('related', [htmlPart(words), `Content-ID: <logo@x>\r\n${file(dice, 'image/png', 'logo.png', 3_000)}`]);
    case 'latin1':
      return {
        fields: ['Content-Type: text/plain; charset=iso-8859-1'],
        body: Buffer.from(words.replace(/[\u0100-\uffff]/g, '-'), 'latin1'),
      };
    case 'charset':
      return foreign(dice);
    case 'list':
      return {
        fields: ['List-Id: <news.example>', 'List-Unsubscribe: <https://x.example/u>', 'Precedence: list', ...TEXT],
        body: words,
      };
    case 'auto':
      return { fields: ['Auto-Submitted: auto-replied', ...TEXT], body: 'I am out of the office until Monday.' };
    case 'bounce':
      return report(mixed, id, subject);
    case 'invite':
      return mixed('alternative', [
        text,
        `Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR`,
      ]);
    case 'forwarded':
      return mixed('mixed', [text, `Content-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\nSubject: inner\r\n\r\nInner words`]);
    case 'no-closing-boundary':
      return mixed('alternative', [text, htmlPart(words)], false);
    case 'nul-bytes':
      return { fields: TEXT, body: `${words}\r\n\0\0 and on\r\n` };
    default:
      return { fields: TEXT, body: words };
  }
}

function page(words: string): string {
  const lines = words.split('\r\n').map((line) => `<p style="margin:0;font-family:Calibri,sans-serif">${line || '&nbsp;'}</p>`);
  return `<html><head><style>p { color: #222 }</style></head><body><div>${lines.join('\r\n')}</div></body></html>`;
}

function htmlPart(words: string): string {
  return `Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quoted(page(words))}`;
}

function quoted(text: string): string {
  const escaped = [...Buffer.from(text)].map((byte) =>
    byte === 61 || byte > 126 ? `=${byte.toString(16).toUpperCase().padStart(2, '0')}` : String.fromCharCode(byte),
  );
  return escaped.join('').replace(/([^\r\n]{60,72}(?<!=.?))(?=[^\r\n])/g, '$1=\r\n');
}

function file(dice: Dice, type: string, name: string, bytes: number): string {
  const data = Buffer.alloc(bytes, `${dice.below(1e9)}`)
    .toString('base64')
    .replace(/.{76}/g, '$&\r\n');
  return `Content-Type: ${type}; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${data}`;
}

function foreign(dice: Dice): Content {
  const [charset, base64] = dice.pick([
    ['koi8-r', '8NLJ18XU'],
    ['shift_jis', 'grGC8YLJgr+CzQ=='],
    ['gb18030', 'xOO6w6Os0LvQu6Gj'],
    ['windows-1252', 'k3F1b3RlZJQgliCA'],
    ['iso-2022-jp', 'GyRCJDMkcyRLJEEkTxsoQg=='],
    ['x-unknown', 'SGVsbG8='],
  ] as const);
  return { fields: [`Content-Type: text/plain; charset=${charset}`, 'Content-Transfer-Encoding: base64'], body: base64 };
}

function report(mixed: (kind: string, parts: string[]) => Content, id: string, subject: string): Content {
  const status =
    'Reporting-MTA: dns; mail.example.net\r\n\r\nFinal-Recipient: rfc822; gone@acme.example\r\nAction: failed\r\nStatus: 5.1.1';
  return mixed('report; report-type=delivery-status', [
    'Content-Type: text/plain\r\n\r\nYour message could not be delivered.',
    `Content-Type: message/delivery-status\r\n\r\n${status}`,
    `Content-Type: message/rfc822\r\n\r\nMessage-ID: <${id}.sent>\r\nSubject: ${subject.replace(/[^\x20-\x7e]/g, '?')}\r\n\r\ntext`,
  ]);
}
