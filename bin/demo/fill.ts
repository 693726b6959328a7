import { createHash } from 'node:crypto';
import { logActivity } from '../../src/activities/activities.ts';
import { createCompany } from '../../src/companies/companies.ts';
import { createContact } from '../../src/contacts/contacts.ts';
import {
  type Actor,
  type Cause,
  type Context,
  newId,
  rowOf,
  rowsOf,
  type Services,
  systemActor,
  transact,
} from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { createDeal } from '../../src/deals/deals.ts';
import { moveDeal } from '../../src/deals/move-deal.ts';
import { conflict } from '../../src/errors.ts';
import { createUser } from '../../src/identity/users.ts';
import { createTask, updateTask } from '../../src/tasks/tasks.ts';
import { demoStory, type Moment } from './story.ts';
import { words } from './words.ts';

const dayMs = 86_400_000;

/** The demo's records by their place in the story. */
interface Cast {
  users: string[];
  mailboxes: string[];
  pipelines: (string | undefined)[];
  ids: Map<string, string>;
}

/** Fills the hub with the demo organisation, through the ordinary deeds at the times of the story. Throws `demo_present`. */
export async function fillDemo(services: Services, seed: number): Promise<Moment[]> {
  const cause: Cause = { causeId: null, correlationId: newId(), origin: 'history', door: { kind: 'cli' } };
  const today = services.now().getTime();
  const story = demoStory(seed);
  const at = (daysAgo: number, order: number) =>
    new Date(today - daysAgo * dayMs - (daysAgo === 0 ? 0 : (order % 8) * 3_600_000));
  const doing = (now: Date, work: (ctx: Context) => Promise<void>) =>
    transact({ ...services, now: () => now }, { actor: systemActor, cause }, work);
  const cast: Cast = { users: [], mailboxes: [], pipelines: [undefined], ids: new Map() };
  await doing(at(story[0]?.daysAgo ?? 0, 7), (ctx) => begin(ctx, cast, cause.correlationId));
  for (let first = 0; first < story.length; ) {
    const { daysAgo } = story[first] as Moment;
    let end = first;
    while (story[end]?.daysAgo === daysAgo && end - first < 60) end++;
    const chunk = story.slice(first, end);
    await doing(at(daysAgo, 0), async (ctx) => {
      for (const moment of chunk) await happen(asOwner(ctx, cast, moment), cast, moment);
    });
    first = end;
  }
  return story;
}

const asOwner = (ctx: Context, cast: Cast, { owner }: Moment): Context => {
  const id = cast.users[owner] ?? null;
  const actor: Actor = { ...systemActor, kind: 'user', id, userId: id };
  return { ...ctx, actor };
};

async function begin(ctx: Context, cast: Cast, correlationId: string): Promise<void> {
  const pipelines = [newId(), newId()];
  const fresh = await rowOf(
    ctx,
    SQL`insert into settings (key, value) values ('demo', ${JSON.stringify({ correlationId, pipelines })}) on conflict do nothing returning 1`,
  );
  if (fresh === undefined)
    throw conflict('demo_present', 'The demo data are there already; "throughline demo --remove" takes them away.');
  for (const name of words.people) {
    const address = `${name.toLowerCase().replace(' ', '.')}@demo-team.example`;
    const { id } = await createUser(ctx, { name, email: address, role: 'rep' } as Parameters<typeof createUser>[1]); // without a password nobody signs in
    const mailbox = newId();
    await rowsOf(
      ctx,
      SQL`insert into mailboxes (id, owner_id, address, address_normal, imap, smtp, state, create_contacts, visibility, deleted_at, created_at, updated_at)
          values (${mailbox}, ${id}, ${address}, ${address}, '{}', '{}', 'disconnected', 'none', 'everything', ${ctx.now}, ${ctx.now}, ${ctx.now})`,
    );
    cast.users.push(id);
    cast.mailboxes.push(mailbox);
  }
  for (const [index, name] of ['Partners', 'Renewals'].entries()) {
    const id = pipelines[index] as string;
    await rowsOf(
      ctx,
      SQL`insert into pipelines (id, name, created_at, updated_at)
          select ${id}, ${name} || case when exists (select 1 from pipelines where lower(name) = lower(${name})) then ' (demo)' else '' end, ${ctx.now}, ${ctx.now}`,
    );
    await rowsOf(
      ctx,
      SQL`insert into stages (id, pipeline_id, key, name, kind, probability, position, rot_days, created_at, updated_at)
          select gen_random_uuid(), ${id}, key, name, kind, probability, row_number() over (), rot_days, ${ctx.now}, ${ctx.now}
          from (values ('qualification', 'Qualification', 'open', 10, 14), ('needs_analysis', 'Needs analysis', 'open', 25, 14), ('proposal', 'Proposal', 'open', 50, 14),
            ('negotiation', 'Negotiation', 'open', 80, 14), ('closed_won', 'Won', 'won', 100, null), ('closed_lost', 'Lost', 'lost', 0, null))
            as s (key, name, kind, probability, rot_days)`,
    );
    cast.pipelines.push(id);
  }
}

async function happen(ctx: Context, cast: Cast, moment: Moment): Promise<void> {
  const { ids } = cast;
  const idOf = (noun: string, place: number): string => ids.get(`${noun} ${place}`) as string;
  const dayIn = (days: number) => new Date(ctx.now.getTime() + days * dayMs);
  switch (moment.what) {
    case 'company': {
      const { name, domain, industry, city } = moment;
      ids.set(`company ${moment.company}`, (await createCompany(ctx, { name, domain, industry, city })).id);
      return;
    }
    case 'contact': {
      const { what: _what, daysAgo: _daysAgo, contact, company, owner: _owner, ...fields } = moment;
      ids.set(`contact ${contact}`, (await createContact(ctx, { ...fields, companyId: idOf('company', company) })).id);
      return;
    }
    case 'deal': {
      const links = { contactId: idOf('contact', moment.contact), companyId: idOf('company', moment.company) };
      const expectedCloseDate = dayIn(moment.dueInDays).toISOString().slice(0, 10);
      const pipelineId = cast.pipelines[moment.pipeline];
      const deal = await createDeal(ctx, {
        name: moment.name,
        amount: moment.amount,
        ...links,
        expectedCloseDate,
        ...(pipelineId && { pipelineId }),
      });
      ids.set(`deal ${moment.deal}`, deal.id);
      return;
    }
    case 'move':
      await moveDeal(ctx, { id: idOf('deal', moment.deal) }, { stage: moment.stage, reason: moment.reason });
      return;
    case 'activity': {
      const { type, subject, description } = moment;
      const dealId = moment.deal === null ? null : idOf('deal', moment.deal);
      await logActivity(ctx, {
        type,
        subject,
        description,
        contactIds: [idOf('contact', moment.contact)],
        dealId,
        source: 'user',
      });
      return;
    }
    case 'mail':
      return mail(ctx, cast, moment);
    case 'task': {
      const task = await createTask(ctx, {
        title: moment.title,
        contactId: idOf('contact', moment.contact),
        dueDate: dayIn(moment.dueInDays).toISOString(),
      });
      ids.set(`task ${moment.task}`, task.id);
      return;
    }
    case 'done':
      await updateTask(ctx, { id: idOf('task', moment.task) }, { status: 'completed' });
  }
}

async function mail(ctx: Context, cast: Cast, moment: Moment & { what: 'mail' }): Promise<void> {
  const contactId = cast.ids.get(`contact ${moment.contact}`) as string;
  const mailboxId = cast.mailboxes[moment.owner] as string;
  const known = cast.ids.get(`thread ${moment.thread}`);
  const threadId = known ?? newId();
  if (known === undefined) await rowsOf(ctx, SQL`insert into mail_threads (id, created_at) values (${threadId}, ${ctx.now})`);
  cast.ids.set(`thread ${moment.thread}`, threadId);
  const id = newId();
  const identity = `demo:${id}`;
  const snippet = moment.text.replace(/\s+/g, ' ').slice(0, 120);
  await rowsOf(
    ctx,
    SQL`insert into messages (id, identity, fingerprint, thread_id, owner_id, direction, kind, subject, snippet, text, sent_at, in_reply_to, reference_ids, size,
          truncated, damaged, created_at)
        values (${id}, ${identity}, ${createHash('sha256').update(identity).digest('hex')}, ${threadId}, ${cast.users[moment.owner]}, ${moment.direction}, 'human',
          ${moment.subject}, ${snippet}, ${moment.text}, ${ctx.now}, '{}', '{}', ${moment.text.length}, false, false, ${ctx.now})`,
  );
  await rowsOf(ctx, SQL`insert into message_mailboxes (message_id, mailbox_id) values (${id}, ${mailboxId})`);
  const [theirs, ours] = moment.direction === 'in' ? ['from', 'to'] : ['to', 'from'];
  await rowsOf(
    ctx,
    SQL`insert into message_participants (message_id, role, address_normal, position, name, contact_id)
        select ${id}::uuid, ${theirs}, email, 0, full_name, id from contacts where id = ${contactId}
        union all select ${id}::uuid, ${ours}, address_normal, 0, '', null from mailboxes where id = ${mailboxId}`,
  );
  const { direction, subject } = moment;
  await logActivity(ctx, {
    type: 'email',
    subject,
    description: snippet,
    contactIds: [contactId],
    direction,
    source: 'email',
    sourceKey: identity,
    messageId: id,
  });
}
