import { companyObject } from '../companies/company.object.ts';
import { contactObject } from '../contacts/contact.object.ts';
import { SQL } from '../database.ts';
import { visible } from '../identity/permissions.ts';
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
