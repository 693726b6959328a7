import type { RawBuilder } from 'kysely';
import { companyObject } from '../companies/company.object.ts';
import { contactObject } from '../contacts/contact.object.ts';
import type { Context } from '../context.ts';
import { SQL } from '../database.ts';
import { hiddenFields, visible } from '../identity/permissions.ts';
import { userObject } from '../identity/user.object.ts';
import { type Field, fieldsOf, nameOf, type ObjectType } from '../objects.ts';

const ofStage = (column: string): Field => ({
  expression: `stages.${column}`,
  type: 'text',
  nullable: false,
  sorted: null,
  join: 'stage',
  through: { column: 'deals.stage_id', from: 'stages', id: 'stages.id', expression: `stages.${column}` },
});

const everybody =
  '(select id as deal_id, contact_id from deals where contact_id is not null union all select deal_id, contact_id from deal_contacts) as everybody';

/** The contacts with a role in a deal, by when they came. */
function people(ctx: Context): RawBuilder<unknown> {
  const name = SQL.raw(hiddenFields(ctx.actor, 'contact').has('name') ? 'null' : 'p.full_name');
  return SQL`left join lateral (
      select coalesce(json_agg(json_build_object('contactId', p.id, 'name', ${name}, 'role', dc.role) order by dc.created_at, p.id), '[]') as list
      from deal_contacts dc join contacts p on p.id = dc.contact_id and p.deleted_at is null and ${visible(ctx, 'contact', 'p')}
      where dc.deal_id = deals.id) as people on true`;
}

/** Deals as the API knows them, with the key of their stage and the names of who they are with. */
export const dealObject: ObjectType = {
  object: 'deal',
  table: 'deals',
  live: 'deals.deleted_at is null',
  fields: {
    ...fieldsOf('deals', 'id:id'),
    name: { expression: 'deals.name', type: 'text', nullable: false, sorted: 'deals.name collate people' },
    ...fieldsOf('deals', 'amount?:money currency! pipelineId!:id'),
    stage: ofStage('key'),
    stageName: ofStage('name'),
    ...fieldsOf(
      'deals',
      'status! probability:number stageEnteredAt:instant expectedCloseDate?:day actualCloseDate?:day contactId?!:id',
    ),
    contactName: nameOf('contact', 'deals.contact_id', { table: 'contacts', expression: 'contacts.full_name' }),
    /** Those with a role, as far as the viewer sees them. */
    contacts: { expression: 'people.list', type: 'other', nullable: false, join: 'people' },
    /** Any of its contacts: its own, and those with a role. */
    anyContactId: {
      expression: 'deals.contact_id',
      type: 'id',
      nullable: true,
      sorted: null,
      unseen: true,
      through: { column: 'deals.id', from: everybody, id: 'everybody.deal_id', expression: 'everybody.contact_id' },
    },
    ...fieldsOf('deals', 'companyId?!:id'),
    companyName: nameOf('company', 'deals.company_id', { table: 'companies', expression: 'companies.name' }),
    ...fieldsOf(
      'deals',
      `ownerId?!:user wonReason?! lostReason?! customFields:other tagIds!:ids lastActivityAt?:instant nextActivityAt?:instant rottingSince?:instant
       createdAt:instant updatedAt:instant version!:number`,
    ),
    /** As they stand on the board, within their stage. */
    board: { expression: 'deals.position', type: 'number', nullable: false, unseen: true },
  },
  joins: {
    people,
    stage: () => SQL`join stages on stages.id = deals.stage_id`,
    contact: (ctx) => SQL`left join contacts on contacts.id = deals.contact_id and ${visible(ctx, 'contact', 'contacts')}`,
    company: (ctx) => SQL`left join companies on companies.id = deals.company_id and ${visible(ctx, 'company', 'companies')}`,
  },
  relations: {
    contact: { type: () => contactObject, column: 'deals.contact_id', field: 'contactId' },
    company: { type: () => companyObject, column: 'deals.company_id', field: 'companyId' },
    owner: { type: () => userObject, column: 'deals.owner_id', field: 'ownerId' },
  },
  search: { name: 'deals.name', customFields: 'search_values(deals.custom_fields)' },
  defaultSort: '-createdAt',
  match: {},
};
