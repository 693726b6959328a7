import { content, Dice, SHAPES, type Shape } from './mail-corpus-bodies.ts';

/** One message of a generated mailbox. */
export interface CorpusMessage {
  folder: 'INBOX' | 'Sent';
  source: Buffer;
  date: Date;
  /** What is special about it: `plain`, `alternative`, `attachment`, `html`, `list`, `bounce`, `no-message-id`, ... */
  shape: string;
}

export interface MailboxPlan {
  count: number;
  seed: number;
  /** The mailbox's own address; a third of the mail is from it. */
  owner: string;
  /** The newest message's date. Default 2026-01-15. */
  until?: Date;
}

/**
 * Yields a mailbox that looks real, oldest message first and the same for the same plan: threads between the owner and
 * some hundred people, attachments, charsets, lists, bounces, invites, and about one message in fifty broken.
 */
export function* makeMailbox({
  count,
  seed,
  owner,
  until = new Date('2026-01-15T12:00:00Z'),
}: MailboxPlan): Generator<CorpusMessage> {
  const dice = new Dice(seed);
  const people = makePeople(dice, Math.max(8, Math.min(400, Math.round(count / 12))));
  const threads: Thread[] = [];
  for (let index = 0; index < count; index += 1) {
    const date = new Date(until.getTime() - (count - index) * 1_700_000 + dice.below(900_000));
    const letter = nextLetter(dice, threads, { people, owner: { name: 'Olivia Owner', address: owner }, index, date });
    const shape = dice.weighted(SHAPES);
    yield { folder: letter.from.address === owner ? 'Sent' : 'INBOX', source: write(dice, letter, shape), date, shape };
  }
}

interface Person {
  name: string;
  address: string;
}

interface Thread {
  subject: string;
  ids: string[];
  partner: Person;
  others: Person[];
}

interface Letter {
  from: Person;
  to: Person[];
  subject: string;
  id: string;
  references: string[];
  date: Date;
  words: string;
}

const FIRST = [
  'Anna',
  'Bruno',
  'Chloé',
  'David',
  'Elena',
  'Farid',
  'Grace',
  'Håkon',
  'Ines',
  'Jürgen',
  'Keiko',
  'Łukasz',
  'María',
  'Noor',
  'Oleg',
  'Priya',
];
const LAST = [
  'Müller',
  'Smith',
  'Dubois',
  'Rossi',
  'Nowak',
  'García',
  'Jensen',
  'Okafor',
  'Tanaka',
  'Petrov',
  'van der Berg',
  'O’Neill',
  'Kaya',
  'Silva',
];
const FIRMS = [
  'acme.example',
  'globex.example',
  'initech.example',
  'umbrella-bau.example',
  'stark.example',
  'gmail.com',
  'web.de',
  'müller-söhne.example',
];
const TOPICS = [
  'Offer for 40 licences',
  'Renewal in March',
  'Kick-off on Tuesday',
  'Angebot für die Wartung',
  'Question about invoice 1044',
  'Réunion de jeudi',
  'Contract draft',
  'Demo follow-up',
  'Lieferung der Geräte',
  'Pricing',
];
const SENTENCES = [
  'Thanks for the call this morning.',
  'Could you send me the figures by Thursday?',
  'We would like to start with the smaller package and see how it goes.',
  'Ich habe das Angebot an die Geschäftsführung weitergegeben.',
  'Attached you will find the revised version.',
  'Our legal department has two remarks on section 4.',
  'Merci beaucoup, à bientôt.',
  'The delivery arrived complete; two boxes were damaged.',
  'Let us talk about the rollout in the second quarter – it’s getting late.',
  'Please add Håkon to the next meeting.',
];

function makePeople(dice: Dice, count: number): Person[] {
  return Array.from({ length: count }, (_, index) => {
    const first = dice.pick(FIRST);
    const last = dice.pick(LAST);
    const local = `${first}.${last}${index}`
      .normalize('NFD')
      .replace(/[^A-Za-z0-9.]/g, '')
      .toLowerCase();
    return { name: dice.below(5) === 0 ? `${last}, ${first}` : `${first} ${last}`, address: `${local}@${dice.pick(FIRMS)}` };
  });
}

interface Setting {
  people: Person[];
  owner: Person;
  index: number;
  date: Date;
}

function nextLetter(dice: Dice, threads: Thread[], { people, owner, index, date }: Setting): Letter {
  const recent = threads.slice(-60);
  const thread = recent.length > 0 && dice.below(100) < 60 ? dice.pick(recent) : newThread(dice, people);
  if (!threads.includes(thread)) threads.push(thread);
  const reply = thread.ids.length > 0;
  const fromOwner = dice.below(3) === 0;
  const from = fromOwner ? owner : thread.partner;
  const id = `${index}.${dice.below(1e9)}@${asciiDomain(from.address)}`;
  const letter = {
    from,
    to: [fromOwner ? thread.partner : owner, ...thread.others],
    subject: reply ? `Re: ${thread.subject}` : thread.subject,
    id,
    references: thread.ids.slice(-8),
    date,
    words: paragraph(dice),
  };
  thread.ids.push(id);
  return letter;
}

function newThread(dice: Dice, people: Person[]): Thread {
  const others = dice.below(4) === 0 ? [dice.pick(people)] : [];
  return { subject: dice.pick(TOPICS), ids: [], partner: dice.pick(people), others };
}

function paragraph(dice: Dice): string {
  const lines = Array.from({ length: 3 + dice.below(9) }, () => dice.pick(SENTENCES));
  const quoted = Array.from({ length: dice.below(12) }, () => `> ${dice.pick(SENTENCES)}`);
  const history = quoted.length > 0 ? ['', 'On Mon, 5 Jan 2026 at 10:12, somebody wrote:', ...quoted] : [];
  return ['Hello,', '', ...lines, '', 'Kind regards', ...history].join('\r\n');
}

function asciiDomain(address: string): string {
  return address.slice(address.indexOf('@') + 1).replace(/[^a-z0-9.-]/g, 'x');
}

function write(dice: Dice, letter: Letter, shape: Shape): Buffer {
  const { fields, body } = content(dice, letter, shape);
  const id = shape === 'no-message-id' ? [] : [`Message-ID: <${letter.id}>`];
  const parents =
    letter.references.length === 0
      ? []
      : [
          `In-Reply-To: <${letter.references.at(-1)}>`,
          `References: ${letter.references.map((reference) => `<${reference}>`).join('\r\n ')}`,
        ];
  const raw = shape === 'raw-8bit';
  const date =
    shape === 'bad-date' ? 'Date: yesterday, after lunch' : `Date: ${letter.date.toUTCString().replace('GMT', '+0000')}`;
  const header = [
    `Return-Path: <${letter.from.address}>`,
    `Received: from mx.${asciiDomain(letter.from.address)} by mail.example.net; ${letter.date.toUTCString()}`,
    `DKIM-Signature: v=1; a=rsa-sha256; d=${asciiDomain(letter.from.address)}; s=s1;\r\n b=${'QUJDRA'.repeat(40)}`,
    `From: ${mailbox(letter.from, raw)}`,
    `To: ${letter.to.map((person) => mailbox(person, raw)).join(',\r\n ')}`,
    `Subject: ${raw ? letter.subject : word(letter.subject)}`,
    date,
    ...id,
    ...parents,
    'MIME-Version: 1.0',
    ...fields,
  ].join('\r\n');
  return Buffer.concat([Buffer.from(`${header}\r\n\r\n`), Buffer.isBuffer(body) ? body : Buffer.from(body)]);
}

function mailbox({ name, address }: Person, raw: boolean): string {
  const shown = /^[\x20-\x7e]*$/.test(name) || raw ? `"${name}"` : word(name);
  return `${shown} <${address}>`;
}

function word(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
}
