import type { RawBuilder } from 'kysely';
import { companyObject } from '../companies/company.object.ts';
import { contactObject } from '../contacts/contact.object.ts';
import type { Context } from '../context.ts';
import { SQL } from '../database.ts';
import { dealObject } from '../deals/deal.object.ts';
import { hiddenFields, mailOpenness, owned, visible } from '../identity/permissions.ts';
import { inShownFields, type SearchedFields, tsquery } from '../matching.ts';
import type { ObjectType } from '../objects.ts';
import type { SearchedObject } from './search.schema.ts';

/** Where an object's words are, and what a hit shows. All texts are the code's own. */
export interface Searched extends SearchedFields {
  live: string;
  title: string;
  /** The first of these that is there and not hidden. */
  subtitles: Record<string, string>;
  /** A longer text, of which a hit shows a piece. */
  body: string;
  links: { contactId: string; companyId: string; dealId: string };
  /** Whether its names are looked for when they are spelt nearly so. */
  named?: true;
}

const whereOf = ({ object, table, live, search }: ObjectType) => ({ object, table, live, ...(search && { search }) });
const custom = (table: string): string => `search_values(${table}.custom_fields)`;
const linked = (table: string) => ({
  contactId: `${table}.contact_id`,
  companyId: `${table}.company_id`,
  dealId: `${table}.deal_id`,
});
const ofMail = (column: string): string => `(select ${column} from activities a where a.message_id = messages.id limit 1)`;

/** All that is searched. */
export const searched: Record<SearchedObject, Searched> = {
  contact: {
    ...whereOf(contactObject),
    title: "coalesce(nullif(contacts.full_name, ''), contacts.email, contacts.phone, contacts.mobile, '')",
    subtitles: { email: 'contacts.email', title: 'contacts.title', phone: 'contacts.phone', city: 'contacts.city' },
    body: 'null',
    links: { contactId: 'contacts.id', companyId: 'contacts.company_id', dealId: 'null::uuid' },
    named: true,
  },
  company: {
    ...whereOf(companyObject),
    title: 'companies.name',
    subtitles: { domain: 'companies.domain', industry: 'companies.industry', city: 'companies.city' },
    body: 'null',
    links: { contactId: 'null::uuid', companyId: 'companies.id', dealId: 'null::uuid' },
    named: true,
  },
  deal: {
    ...whereOf(dealObject),
    title: 'deals.name',
    subtitles: { stage: '(select name from stages where stages.id = deals.stage_id)' },
    body: 'null',
    links: { contactId: 'deals.contact_id', companyId: 'deals.company_id', dealId: 'deals.id' },
    named: true,
  },
  activity: {
    object: 'activity',
    table: 'activities',
    live: 'activities.deleted_at is null',
    title: 'activities.subject',
    subtitles: { type: '(select label from activity_types where key = activities.type)' },
    body: 'activities.description',
    links: linked('activities'),
    search: {
      subject: 'activities.subject',
      description: 'activities.description',
      outcome: 'activities.outcome',
      customFields: custom('activities'),
    },
  },
  task: {
    object: 'task',
    table: 'tasks',
    live: 'tasks.deleted_at is null',
    title: 'tasks.title',
    subtitles: { status: 'tasks.status' },
    body: 'tasks.description',
    links: linked('tasks'),
    search: { title: 'tasks.title', description: 'tasks.description', customFields: custom('tasks') },
  },
  message: {
    object: 'message',
    table: 'messages',
    live: 'true',
    title: 'messages.subject',
    subtitles: {
      from: "(select coalesce(nullif(p.name, ''), p.address_normal) from message_participants p where p.message_id = messages.id and p.role = 'from' limit 1)",
    },
    body: 'messages.text',
    links: { contactId: ofMail('a.contact_id'), companyId: ofMail('a.company_id'), dealId: ofMail('a.deal_id') },
  },
  file: {
    object: 'file',
    table: 'files',
    live: 'true',
    title: 'files.name',
    subtitles: {},
    body: 'null',
    links: {
      contactId: "case when files.object = 'contact' then files.record_id end",
      companyId: "case when files.object = 'company' then files.record_id end",
      dealId: "case when files.object = 'deal' then files.record_id end",
    },
  },
};

/** The condition that a row is there and the caller sees it. */
export function seen(ctx: Context, object: SearchedObject): RawBuilder<boolean> {
  const { table, live } = searched[object];
  return SQL<boolean>`(${SQL.raw(live)} and ${object === 'file' ? filesOfSeen(ctx) : visible(ctx, object, table)})`;
}

/** The condition that a row has the words of a query, and has them where nothing is hidden from the caller. */
export function says(ctx: Context, object: SearchedObject, query: string): RawBuilder<boolean> {
  const has = SQL`${SQL.ref(`${searched[object].table}.search`)} @@ ${tsquery(query)}`;
  const shown = object === 'message' ? [openMail(ctx, query)] : inShownFields(ctx, searched[object], query);
  return SQL<boolean>`(${SQL.join([has, ...shown], SQL` and `)})`;
}

/** A mail is found by its body where it may be read, by its subject where that may be seen, and else not at all. */
function openMail(ctx: Context, query: string): RawBuilder<unknown> {
  const openness = SQL.raw(mailOpenness(ctx.actor, 'messages.id'));
  return SQL`case ${openness} when 0 then false when 1 then search_vector(messages.subject) @@ ${tsquery(query)} else true end`;
}

function filesOfSeen(ctx: Context): RawBuilder<boolean> {
  const places = (['contact', 'company', 'deal', 'activity', 'task'] as const).map((object) => {
    const { table } = owned[object] as { table: string }; // each of these objects has an owner
    const row = SQL.ref(table);
    return SQL`(files.object = ${SQL.lit(object)} and exists (select 1 from ${row}
      where ${row}.id = files.record_id and ${row}.deleted_at is null and ${visible(ctx, object, table)}))`;
  });
  return SQL<boolean>`(${SQL.join(places, SQL` or `)})`;
}

/** Columns of a hit without those that are hidden from the caller; a mail's text only where it may be read. */
export function hitColumns(ctx: Context, object: SearchedObject): string {
  const { title, subtitles, body, links } = searched[object];
  const hidden = hiddenFields(ctx.actor, object);
  const left = Object.entries(subtitles).filter(([name]) => !hidden.has(name));
  const text =
    object === 'message'
      ? `case when ${mailOpenness(ctx.actor, 'messages.id')} >= 2 then ${body} end`
      : hidden.has('description')
        ? 'null'
        : body;
  const whole = object === 'contact' && hidden.size > 0 ? 'contacts.full_name' : title;
  const shownTitle = hidden.has(titles[object]) ? "''" : whole;
  return `${shownTitle} as title, coalesce(${['null::text', ...left.map(([, column]) => column)].join(', ')}) as subtitle,
    left(${text}, 8000) as body, ${links.contactId} as "contactId", ${links.companyId} as "companyId", ${links.dealId} as "dealId"`;
}

/** The field that is the title of a hit. */
const titles: Record<SearchedObject, string> = {
  contact: 'name',
  company: 'name',
  deal: 'name',
  activity: 'subject',
  task: 'title',
  message: 'subject',
  file: 'name',
};
