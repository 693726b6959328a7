import { type Context, newId, rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import type { Organisation } from './organisations.ts';

/** Ids of what an organisation has, in its order. */
export type Ids = Record<'team' | 'user' | 'company' | 'contact' | 'deal' | 'activity' | 'task' | 'message', string[]>;
/** New ids for everything. */
export const idsOf = (org: Organisation): Ids => {
  const some = (count: number) => Array.from({ length: count }, newId);
  const { company, contact, deal } = org.records;
  return {
    team: some(org.teams.length),
    user: some(org.users),
    company: some(company.length),
    contact: some(contact.length),
    deal: some(deal.length),
    activity: some(org.activities.length),
    task: some(org.tasks.length),
    message: some(org.messages.length),
  };
};

/** Writes rows given as JSON, with the columns that all of them need. */
async function insert(ctx: Context, table: string, rows: Record<string, unknown>[]): Promise<void> {
  if (rows.length === 0) return;
  const stamps = ['users', 'teams', 'companies', 'contacts', 'deals', 'activities', 'tasks', 'mailboxes'].includes(table);
  const whole = rows.map((row) => (stamps ? { created_at: ctx.now, updated_at: ctx.now, ...row } : row));
  const columns = SQL.join(Object.keys(whole[0] ?? {}).map((name) => SQL.ref(name)));
  await rowsOf(
    ctx,
    SQL`insert into ${SQL.ref(table)} (${columns}) select ${columns} from jsonb_populate_recordset(null::${SQL.ref(table)}, ${JSON.stringify(whole)}::jsonb)`,
  );
}

/** Writes an organisation into the database of a context. */
export async function write(ctx: Context, org: Organisation, ids: Ids): Promise<void> {
  const at = (kind: keyof Ids, n: number | null) => (n === null ? null : (ids[kind][n] ?? null));
  await insert(
    ctx,
    'users',
    ids.user.map((id) => ({ id, name: 'U', email: `${id}@acme.test`, role_key: 'rep', time_zone: 'UTC', version: 1 })),
  );
  await insert(
    ctx,
    'teams',
    org.teams.map((parent, n) => ({ id: ids.team[n], name: ids.team[n], parent_id: at('team', parent), version: 1 })),
  );
  await insert(
    ctx,
    'team_members',
    org.members.map(({ team, user }) => ({ team_id: at('team', team), user_id: at('user', user) })),
  );
  const base = { custom_fields: {}, search_text: '', version: 1 };
  await insert(
    ctx,
    'companies',
    org.records.company.map((owner, n) => ({ id: ids.company[n], name: 'C', owner_id: at('user', owner), ...base })),
  );
  await insert(
    ctx,
    'contacts',
    org.records.contact.map((owner, n) => ({
      id: ids.contact[n],
      first_name: 'C',
      owner_id: at('user', owner),
      do_not_email: false,
      ...base,
    })),
  );
  const [stage] = await rowsOf<{ id: string; pipelineId: string }>(
    ctx,
    SQL`select id, pipeline_id as "pipelineId" from stages where key = 'proposal' limit 1`,
  );
  const inStage = {
    pipeline_id: stage?.pipelineId,
    stage_id: stage?.id,
    status: 'open',
    probability: 50,
    probability_fixed: false,
    currency: 'USD',
  };
  await insert(
    ctx,
    'deals',
    org.records.deal.map((owner, n) => ({
      id: ids.deal[n],
      name: 'D',
      owner_id: at('user', owner),
      position: n,
      stage_entered_at: ctx.now,
      ...inStage,
      ...base,
    })),
  );
  await insert(
    ctx,
    'record_shares',
    org.shares.map(({ object, record, user, team, access }) => ({
      id: newId(),
      object,
      record_id: at(object, record),
      user_id: at('user', user),
      team_id: at('team', team),
      access,
      created_at: ctx.now,
    })),
  );
  await writeWork(ctx, org, ids);
}

async function writeWork(ctx: Context, org: Organisation, ids: Ids): Promise<void> {
  const at = (kind: keyof Ids, n: number | null) => (n === null ? null : (ids[kind][n] ?? null));
  const mailboxes = ids.user.map((owner) => ({
    id: newId(),
    owner_id: owner,
    address: owner,
    address_normal: owner,
    imap: {},
    smtp: {},
    state: 'live',
    failures: 0,
    generation: 1,
    create_contacts: 'none',
    visibility: 'metadata',
    version: 1,
  }));
  await insert(ctx, 'mailboxes', mailboxes);
  const thread = newId();
  await insert(ctx, 'mail_threads', [{ id: thread, created_at: ctx.now }]);
  await insert(
    ctx,
    'messages',
    org.messages.map(({ owner }, n) => ({
      id: ids.message[n],
      identity: ids.message[n],
      fingerprint: '',
      thread_id: thread,
      owner_id: at('user', owner),
      direction: 'in',
      kind: 'human',
      subject: '',
      snippet: '',
      text: '',
      sent_at: ctx.now,
      in_reply_to: [],
      reference_ids: [],
      size: 0,
      truncated: false,
      damaged: false,
      created_at: ctx.now,
    })),
  );
  await insert(
    ctx,
    'message_mailboxes',
    org.messages.flatMap(({ mailbox }, n) =>
      mailbox === null ? [] : [{ message_id: ids.message[n], mailbox_id: mailboxes[mailbox]?.id, variant: false }],
    ),
  );
  await insert(
    ctx,
    'message_participants',
    org.messages.map(({ contact }, n) => ({
      message_id: ids.message[n],
      role: 'from',
      address_normal: 'a@b.test',
      position: 0,
      name: '',
      contact_id: at('contact', contact),
    })),
  );
  await insert(
    ctx,
    'activities',
    org.activities.map(({ owner, contacts, company, deal }, n) => ({
      id: ids.activity[n],
      type: 'note',
      subject: 'A',
      contact_id: at('contact', contacts[0] ?? null),
      company_id: at('company', company),
      deal_id: at('deal', deal),
      owner_id: at('user', owner),
      activity_date: ctx.now,
      source: 'user',
      version: 1,
      message_id: at(
        'message',
        org.messages.findIndex(({ activity }) => activity === n),
      ),
    })),
  );
  await insert(
    ctx,
    'activity_links',
    org.activities.flatMap(({ contacts }, n) =>
      contacts.map((contact) => ({ activity_id: ids.activity[n], contact_id: at('contact', contact), activity_date: ctx.now })),
    ),
  );
  await insert(
    ctx,
    'tasks',
    org.tasks.map(({ assignee, maker, contact, company, deal }, n) => ({
      id: ids.task[n],
      title: 'T',
      status: 'pending',
      priority: 'normal',
      assigned_to: at('user', assignee),
      created_by: at('user', maker),
      contact_id: at('contact', contact),
      company_id: at('company', company),
      deal_id: at('deal', deal),
      version: 1,
    })),
  );
}
