import { companyObject } from '../companies/company.object.ts';
import { contactObject } from '../contacts/contact.object.ts';
import { SQL } from '../database.ts';
import { dealObject } from '../deals/deal.object.ts';
import { visible } from '../identity/permissions.ts';
import { userObject } from '../identity/user.object.ts';
import { fieldsOf, nameOf, type ObjectType } from '../objects.ts';

/** Tasks as the API knows them, with the names of what they are about. */
export const taskObject: ObjectType = {
  object: 'task',
  table: 'tasks',
  live: 'tasks.deleted_at is null',
  fields: {
    ...fieldsOf(
      'tasks',
      'id:id title! description?! status! priority! dueDate?:instant dueDay?!:day completedAt?:instant contactId?!:id',
    ),
    contactName: nameOf('contact', 'tasks.contact_id', { table: 'contacts', expression: 'contacts.full_name' }),
    ...fieldsOf('tasks', 'companyId?!:id dealId?!:id'),
    dealName: nameOf('deal', 'tasks.deal_id', { table: 'deals', expression: 'deals.name' }),
    ...fieldsOf(
      'tasks',
      `assignedTo?!:user createdBy?!:user reminders:other recurrence?! seriesId?!:id nextTaskId?!:id customFields:other tagIds!:ids
       createdAt:instant updatedAt:instant version!:number`,
    ),
  },
  joins: {
    contact: (ctx) => SQL`left join contacts on contacts.id = tasks.contact_id and ${visible(ctx, 'contact', 'contacts')}`,
    deal: (ctx) => SQL`left join deals on deals.id = tasks.deal_id and ${visible(ctx, 'deal', 'deals')}`,
  },
  relations: {
    contact: { type: () => contactObject, column: 'tasks.contact_id', field: 'contactId' },
    company: { type: () => companyObject, column: 'tasks.company_id', field: 'companyId' },
    deal: { type: () => dealObject, column: 'tasks.deal_id', field: 'dealId' },
    assignee: { type: () => userObject, column: 'tasks.assigned_to', field: 'assignedTo' },
  },
  defaultSort: '-createdAt',
  match: {},
};
