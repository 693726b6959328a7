import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { ObjectOut } from '../../src/editing/object.schema.ts';
import { call, type Page } from '../api.ts';
import { texts } from './texts.ts';

/** An object with the fields that the viewer's role shows. */
export type Described = z.output<typeof ObjectOut>;
export type DescribedField = Described['fields'][number];

/** Objects that have a list of their own. */
export type Listed = 'contact' | 'company' | 'deal' | 'activity' | 'task';

/** Path of an object's list in the API. */
export const pathOf = {
  contact: 'contacts',
  company: 'companies',
  deal: 'deals',
  activity: 'activities',
  task: 'tasks',
} as const;

/** What each list can show, and be filtered and sorted by. */
export const objectsQuery = queryOptions({
  queryKey: ['custom-fields', 'objects'], // so that a change of a custom field has it read anew
  queryFn: ({ signal }) => call<Page<Described>>('GET', '/objects', { signal }),
  staleTime: 300_000,
});

/** The label of a field: a custom field has its own; `lifecycleStage` and `companyId` are read as words. */
export function labelOf(object: string, { name, label }: Pick<DescribedField, 'name' | 'label'>): string {
  if (label !== null) return label;
  const known = texts.fields[`${object}.${name}`] ?? texts.fields[name];
  if (known !== undefined) return known;
  const words = name
    .replace(/^customFields\./, '')
    .replace(/Ids?$/, '')
    .replace(/At$/, '')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A relation whose name is a field too: `companyId` shows as `companyName`. */
const namedBy = (described: Described, relation: string): boolean =>
  described.fields.some(({ name }) => name === `${relation}Name`);

const neverColumns = new Set(['id', 'version', 'stage', 'pipelineId', 'messageId']);

/** The relation of an id that is shown by the name of the record it points to, which is to be included for it. */
export const includedOf = (described: Described, { name, type }: DescribedField) =>
  type === 'id'
    ? described.relations.find(({ field, name: relation }) => field === name && !namedBy(described, relation))
    : undefined;

/** Fields that can be columns: what has a meaning to people. */
export const columnFields = (described: Described): DescribedField[] =>
  described.fields.filter(
    (field) =>
      (field.shown || includedOf(described, field) !== undefined) &&
      field.type !== 'other' &&
      !neverColumns.has(field.name) &&
      (field.type !== 'id' || includedOf(described, field) !== undefined),
  );

const neverFilters = new Set(['version', 'stageName', 'messageId', 'board']);

/** A field that can be filtered by, with the object it is of: `company.industry` of a contact is `industry` of a company. */
export interface FilterField extends DescribedField {
  /** What the tree calls it. */
  path: string;
  /** The object that has it. */
  of: string;
  /** The relation it is reached through, and the object that an id points to. */
  through: string | null;
  target: Listed | null;
}

const filterable = (described: Described): DescribedField[] =>
  described.fields.filter(
    (field) =>
      field.operators.length > 0 &&
      !neverFilters.has(field.name) &&
      !described.relations.some(({ name }) => `${name}Name` === field.name) &&
      (field.type !== 'id' || field.name === 'pipelineId' || targetOf(described, field) !== null),
  );

function targetOf(described: Described, { name, recordType }: DescribedField): Listed | null {
  if (name === 'contactId') return 'contact';
  const target = recordType ?? described.relations.find(({ field }) => field === name)?.object;
  return target === 'contact' || target === 'company' || target === 'deal' ? target : null;
}

/** Everything a list can be filtered by: its own fields, then those of the records it points to. */
export function filterFields(objects: readonly Described[], object: Listed): FilterField[] {
  const own = objects.find((one) => one.object === object);
  if (own === undefined) return [];
  const fieldsOf = (described: Described, through: string | null): FilterField[] =>
    filterable(described).map((field) => ({
      ...field,
      path: through === null ? field.name : `${through}.${field.name}`,
      of: described.object,
      through,
      target: targetOf(described, field),
    }));
  const related = own.relations.flatMap(({ name, object: other }) => {
    const described = objects.find((one) => one.object === other);
    return described === undefined || other === 'user' ? [] : fieldsOf(described, name);
  });
  return [...fieldsOf(own, null), ...related];
}
