import { type Described, type FilterField, filterFields, type Listed } from '../lists/objects.ts';

/** Fields of which several records may well have the same; names, addresses and amounts are of one record alone. */
const common: Record<Listed, readonly string[]> = {
  contact: ['ownerId', 'companyId', 'title', 'department', 'leadStatus', 'leadSource', 'lifecycleStage', 'city', 'country'],
  company: ['ownerId', 'industry', 'city', 'country'],
  deal: ['ownerId', 'companyId', 'contactId', 'expectedCloseDate'],
  task: ['assignedTo', 'status', 'priority', 'dueDate'],
  activity: [],
};

/** What can be changed on many records at once: common fields and custom ones, as far as the viewer may write them. */
export function bulkFields(objects: readonly Described[], object: Listed, ruleOf: (name: string) => string): FilterField[] {
  return filterFields(objects, object).filter(
    ({ name, through }) =>
      through === null && (common[object].includes(name) || name.startsWith('customFields.')) && ruleOf(name) === 'open',
  );
}

/** The field of a patch: custom ones lie together under a name of their own. */
export function patchOf({ name, type }: FilterField, value: unknown): Record<string, unknown> {
  const custom = name.startsWith('customFields.');
  const number = Number(value);
  const whole = custom && type === 'number' && value !== null && Number.isFinite(number) ? number : value;
  return custom ? { customFields: { [name.slice('customFields.'.length)]: whole } } : { [name]: whole };
}
