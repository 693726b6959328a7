import { words } from './words.ts';

/** Something that happened on a day of the demo's past, or is planned. Records are named by their place in the story. */
export type Moment = { daysAgo: number } & (
  | { what: 'company'; company: number; name: string; domain: string; industry: string; city: string; owner: number }
  | {
      what: 'contact';
      contact: number;
      company: number;
      owner: number;
      firstName: string;
      lastName: string;
      email: string;
      phone: string;
      title: string;
      leadSource: string;
    }
  | {
      what: 'deal';
      deal: number;
      contact: number;
      company: number;
      owner: number;
      name: string;
      amount: string;
      pipeline: number;
      dueInDays: number;
    }
  | { what: 'move'; deal: number; owner: number; stage: string; reason: string | null }
  | {
      what: 'activity';
      type: 'call' | 'meeting' | 'note';
      contact: number;
      owner: number;
      deal: number | null;
      subject: string;
      description: string | null;
    }
  | { what: 'mail'; contact: number; owner: number; thread: number; direction: 'in' | 'out'; subject: string; text: string }
  | { what: 'task'; task: number; contact: number; deal: number | null; owner: number; title: string; dueInDays: number }
  | { what: 'done'; task: number; owner: number }
);

/** Keys of the open stages that demo deals pass, and of the closing ones. All demo pipelines have them. */
export const demoStages = {
  open: ['qualification', 'needs_analysis', 'proposal', 'negotiation'],
  won: 'closed_won',
  lost: 'closed_lost',
};

const counts = { companies: 60, contacts: 500, deals: 150, threads: 120, calls: 500, tasks: 160 };
const pastDays = 240;

/** A believable year of an organisation, the same for the same seed, in the order of its days. */
export function demoStory(seed: number): Moment[] {
  const dice = diceOf(seed);
  const owners = words.people.length;
  const moments: Moment[] = [];
  const since: number[] = [];
  for (let company = 0; company < counts.companies; company++) {
    const name = `${words.company[company % 20]} ${words.trade[(company * 7 + Math.floor(company / 20)) % 10]}`;
    const domain = `${name.toLowerCase().replaceAll(' ', '-')}-${company}.example`;
    moments.push({
      daysAgo: pastDays,
      what: 'company',
      company,
      name,
      domain,
      industry: name.split(' ')[1] ?? '',
      city: dice.of(words.city),
      owner: dice.below(owners),
    });
  }
  for (let contact = 0; contact < counts.contacts; contact++) {
    const [firstName, lastName] = [dice.of(words.first), dice.of(words.last)];
    const daysAgo = 20 + dice.below(pastDays - 20);
    since.push(daysAgo);
    const email = `${plain(firstName)}.${plain(lastName)}.${contact}@demo-contacts.example`;
    const phone = `+43 1 ${5_550_000 + contact}`;
    moments.push({
      daysAgo,
      what: 'contact',
      contact,
      company: contact % counts.companies,
      owner: dice.below(owners),
      firstName,
      lastName,
      email,
      phone,
      title: dice.of(words.title),
      leadSource: dice.of(words.source),
    });
  }
  for (let deal = 0; deal < counts.deals; deal++) dealStory(moments, dice, { deal, since });
  for (let thread = 0; thread < counts.threads; thread++) mailStory(moments, dice, { thread, since });
  for (let n = 0; n < counts.calls; n++) {
    const contact = dice.below(counts.contacts);
    const type = dice.of(['call', 'call', 'meeting', 'note'] as const);
    const subject = type === 'note' ? 'Note' : dice.of(words[type]);
    const description = type === 'note' ? dice.of(words.note) : null;
    moments.push({
      daysAgo: dice.below(since[contact] ?? 1),
      what: 'activity',
      type,
      contact,
      owner: dice.below(owners),
      deal: null,
      subject,
      description,
    });
  }
  for (let task = 0; task < counts.tasks; task++) taskStory(moments, dice, { task, since });
  return moments
    .map((moment, order) => ({ moment, order }))
    .sort((a, b) => b.moment.daysAgo - a.moment.daysAgo || a.order - b.order)
    .map(({ moment }) => moment);
}

function dealStory(moments: Moment[], dice: Dice, { deal, since }: { deal: number; since: number[] }): void {
  const contact = deal * 3;
  const owner = dice.below(words.people.length);
  let daysAgo = since[contact] ?? 0;
  const name = `${dice.of(words.product)} ${deal + 1}`;
  const amount = `${(1 + dice.below(90)) * 500}.00`;
  moments.push({
    daysAgo,
    what: 'deal',
    deal,
    contact,
    company: contact % counts.companies,
    owner,
    name,
    amount,
    pipeline: deal % 3,
    dueInDays: 10 + dice.below(80),
  });
  const last = dice.below(6);
  for (const stage of demoStages.open.slice(1, last + 1)) {
    daysAgo = Math.max(0, daysAgo - 3 - dice.below(25));
    moments.push({ daysAgo, what: 'move', deal, owner, stage, reason: null });
    moments.push({
      daysAgo,
      what: 'activity',
      type: 'meeting',
      contact,
      owner,
      deal,
      subject: dice.of(words.meeting),
      description: null,
    });
  }
  if (last < 4) return;
  const won = dice.below(5) < 3;
  moments.push({
    daysAgo: Math.max(0, daysAgo - 5),
    what: 'move',
    deal,
    owner,
    stage: won ? demoStages.won : demoStages.lost,
    reason: won ? null : dice.of(words.lost),
  });
}

function mailStory(moments: Moment[], dice: Dice, { thread, since }: { thread: number; since: number[] }): void {
  const contact = dice.below(counts.contacts);
  const owner = dice.below(words.people.length);
  let daysAgo = dice.below(since[contact] ?? 1);
  const [subject, text] = dice.of(words.mail);
  for (let turn = 0; turn <= dice.below(4); turn++) {
    const direction = turn % 2 === 0 ? 'in' : 'out';
    const body = direction === 'in' ? text : 'thank you for your mail. I will see to it and come back to you tomorrow.';
    moments.push({
      daysAgo,
      what: 'mail',
      contact,
      owner,
      thread,
      direction,
      subject: turn === 0 ? subject : `Re: ${subject}`,
      text: `Good morning,\n\n${body}\n\nKind regards`,
    });
    daysAgo = Math.max(0, daysAgo - dice.below(3));
  }
}

function taskStory(moments: Moment[], dice: Dice, { task, since }: { task: number; since: number[] }): void {
  const contact = dice.below(counts.contacts);
  const owner = dice.below(words.people.length);
  const daysAgo = dice.below(since[contact] ?? 1);
  moments.push({
    daysAgo,
    what: 'task',
    task,
    contact,
    deal: null,
    owner,
    title: dice.of(words.task),
    dueInDays: dice.below(20) - 2,
  });
  if (dice.below(3) > 0) moments.push({ daysAgo: Math.max(0, daysAgo - dice.below(6)), what: 'done', task, owner });
}

const plain = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/[^a-z]/gi, '')
    .toLowerCase();

interface Dice {
  below(limit: number): number;
  of<T>(list: readonly T[]): T;
}

/** Numbers that look like chance and are the same for a seed (mulberry32). */
function diceOf(seed: number): Dice {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, of: (list) => list[below(list.length)] as (typeof list)[number] };
}
