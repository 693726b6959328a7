import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { compile } from 'html-to-text';

/** What windows-1252 has at 0x80 to 0x9f. */
const CP1252 = '€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ';

/**
 * Makes text fit to be stored and shown: no NUL (Postgres refuses it), no lone surrogates, and no C1 controls, which in
 * mail are always windows-1252 that was labelled or decoded as ISO 8859-1.
 */
export function cleanText(text: string): string {
  let clean = text.includes('\0') ? text.replaceAll('\0', '') : text;
  if (/[\u0080-\u009f]/.test(clean)) {
    clean = clean.replace(/[\u0080-\u009f]/g, (c) => CP1252[c.charCodeAt(0) - 0x80]!).replace(/[\u0080-\u009f]/g, '\ufffd');
  }
  return clean.isWellFormed() ? clean : clean.toWellFormed();
}

/** `cleanText` for one-line values (names, subjects, file names): other controls become blanks, blanks collapse. */
export function cleanLine(text: string, maxLength = 998): string {
  return cutText(
    cleanText(text)
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim(),
    maxLength,
  );
}

/** The first `maxLength` UTF-16 units, less if that would cut a character in two. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const last = text.charCodeAt(maxLength - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? maxLength - 1 : maxLength);
}

const ALIASES: Record<string, string> = {
  ascii: 'windows-1252',
  ansi: 'windows-1252',
  'iso-8859-8-e': 'iso-8859-8',
  cp1252: 'windows-1252',
  cp936: 'gb18030',
  cp932: 'shift_jis',
  'ms-kanji': 'shift_jis',
  cp949: 'euc-kr',
  cp950: 'big5',
  utf8mb4: 'utf-8',
};
const decoders = new Map<string, TextDecoder | null>();

/**
 * Decodes bytes by their declared charset. Senders lie: UTF-8 under any ASCII-like label is believed only when it is
 * valid, an unknown label is taken for UTF-8, and what is not UTF-8 after all for windows-1252. Never throws.
 */
export function decodeBytes(bytes: Buffer, charset = ''): string {
  const label = charset
    .trim()
    .toLowerCase()
    .replace(/^["']|["']$/g, '')
    .replace(/_(?=8859)/, '-');
  // In these, bytes below 0x80 do not stand for themselves.
  const ownAscii = /^(iso-2022|hz-gb|utf-?16|utf-7|unicode)/.test(label);
  if (!ownAscii && isAscii(bytes)) return bytes.toString('latin1');
  const decoder = decoderOf(ALIASES[label] ?? label);
  const western = label === '' || label === 'us-ascii' || label === 'utf-8' || label === 'utf8' || decoder === null;
  if (western) return isUtf8(bytes) ? bytes.toString('utf8').replace(/^\ufeff/, '') : decoderOf('windows-1252')!.decode(bytes);
  return decoder.decode(bytes);
}

function decoderOf(label: string): TextDecoder | null {
  let decoder = decoders.get(label);
  if (decoder === undefined) {
    try {
      decoder = new TextDecoder(label);
    } catch {
      decoder = null;
    }
    // Labels come from strangers: the map must not grow without end.
    if (decoders.size < 500) decoders.set(label, decoder);
  }
  return decoder;
}

/** Joins the soft-broken lines of `format=flowed` text (RFC 3676). */
export function unflow(text: string, deleteSpace: boolean): string {
  const lines: string[] = [];
  let open = false;
  for (const raw of text.split(/\r?\n/)) {
    const quoted = raw.startsWith('>');
    const line = !quoted && raw.startsWith(' ') ? raw.slice(1) : raw;
    const soft = line.endsWith(' ') && line !== '-- ' && !quoted;
    const content = soft && deleteSpace ? line.slice(0, -1) : line;
    if (open && !quoted) lines[lines.length - 1] += content;
    else lines.push(content);
    open = soft;
  }
  return lines.join('\n');
}

const toPlain = compile({
  wordwrap: false,
  limits: { maxInputLength: 300_000, maxDepth: 60, maxChildNodes: 5_000 },
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
});

/** The readable text of an HTML body; of a huge one, of its first 300,000 characters. Never throws. */
export function htmlToPlain(html: string): string {
  try {
    return toPlain(html);
  } catch {
    return html.slice(0, 300_000).replace(/<(style|script)[^>]*>[\s\S]*?<\/\1>|<[^>]*>/gi, ' ');
  }
}

/** Plain text as HTML, for bodies that mix both. */
export function plainToHtml(text: string): string {
  const escaped = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return `<div style="white-space: pre-wrap">${escaped}</div>`;
}

const QUOTE_BEGINS =
  /^(>|-{2,} ?(original|forwarded|ursprüngliche|weitergeleitete)|_{10,}$|(on|am|le|el|op|il) .{6,200}(wrote|schrieb|écrit|escribió|schreef|ha scritto).*:\s*$|-- $)/i;

/** One line of at most `maxLength` characters for lists: the message's own words, without quoted history and signature. */
export function snippetOf(text: string, maxLength = 200): string {
  const own: string[] = [];
  let length = 0;
  for (const line of text.slice(0, 20_000).split('\n')) {
    if (QUOTE_BEGINS.test(line.slice(0, 400))) {
      if (length > 0) break;
      continue;
    }
    own.push(line);
    length += line.trim().length;
    if (length > maxLength * 2) break;
  }
  return cleanLine(length > 0 ? own.join(' ') : text.slice(0, 2_000), maxLength);
}
