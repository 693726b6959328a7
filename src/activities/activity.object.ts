import { companyObject } from '../companies/company.object.ts';
import { contactObject } from '../contacts/contact.object.ts';
import type { Context } from '../context.ts';
import { dealObject } from '../deals/deal.object.ts';
import { mailOpenness } from '../identity/permissions.ts';
import { userObject } from '../identity/user.object.ts';
import { type Field, type Fields, fieldsOf, type ObjectType } from '../objects.ts';

/** A column of a mail's activity, null to viewers to whom its mailboxes are not open that far. Nothing is hidden from the hub itself. */
function mailText(ctx: Context, column: string, openness: number): Field {
  const hides = ctx.actor.kind !== 'system';
  const open = `${mailOpenness(ctx.actor, 'activities.message_id')} >= ${openness}`;
  const expression = hides ? `case when activities.message_id is null or ${open} then ${column} end` : column;
  return { expression: `(${expression})`, type: 'text', nullable: true, sorted: null };
}

const contactIds =
  "coalesce((select json_agg(l.contact_id order by l.contact_id) from activity_links l where l.activity_id = activities.id), '[]')";

/** Activities as the API knows them; subject and description of a mail as far as its mailboxes show them to the viewer. */
export const activityObject: ObjectType = {
  object: 'activity',
  table: 'activities',
  live: 'activities.deleted_at is null',
  fields: (ctx): Fields => ({
    ...fieldsOf('activities', 'id:id type!'),
    subject: mailText(ctx, 'activities.subject', 1),
    description: mailText(ctx, 'activities.description', 2),
    contactIds: { expression: contactIds, type: 'other', nullable: false },
    /** Any of its contacts. */
    contactId: {
      expression: 'activities.contact_id',
      type: 'id',
      nullable: true,
      sorted: null,
      unseen: true,
      through: { column: 'activities.id', from: 'activity_links', id: 'activity_id', expression: 'activity_links.contact_id' },
    },
    ...fieldsOf(
      'activities',
      `companyId?!:id dealId?!:id ownerId?!:user createdBy?!:user activityDate:instant duration?!:number direction?! outcome?! source!
       messageId?!:id customFields:other tagIds!:ids createdAt!:instant updatedAt!:instant version!:number`,
    ),
  }),
  joins: {},
  relations: {
    contact: {
      type: () => contactObject,
      column: 'activities.contact_id',
      field: 'contactId',
      links: { table: 'activity_links', own: 'activity_id', other: 'contact_id' },
    },
    company: { type: () => companyObject, column: 'activities.company_id', field: 'companyId' },
    deal: { type: () => dealObject, column: 'activities.deal_id', field: 'dealId' },
    owner: { type: () => userObject, column: 'activities.owner_id', field: 'ownerId' },
  },
  defaultSort: '-activityDate',
  match: {},
};
