import { ActivitySchema } from './activities/activity.entity.ts';
import { CompanySchema } from './companies/company.entity.ts';
import { ContactSchema } from './contacts/contact.entity.ts';
import { DealSchema } from './deals/deal.entity.ts';
import { TaskSchema } from './tasks/task.entity.ts';

/** The rows that deeds change as entities. Everything else is SQL. */
export const entities = [ActivitySchema, CompanySchema, ContactSchema, DealSchema, TaskSchema];
