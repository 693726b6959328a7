import { useQuery } from '@tanstack/react-query';
import { RecordLink } from '../lists/cells.tsx';
import { useChoices } from '../lists/choices.ts';
import { type DescribedField, labelOf, objectsQuery } from '../lists/objects.ts';
import { useRecordName } from '../lists/record-name.ts';
import type { Noun } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { texts as timeline } from '../timeline/texts.ts';
import { dayOf, momentOf } from '../times.ts';
import { texts } from './texts.ts';

interface Words {
  /** What a field is called. */
  labelOf(field: string): string;
  /** What the field holds; undefined for one that lists do not know. */
  fieldOf(field: string): DescribedField | undefined;
  /** The kind of record whose id a field holds. */
  nounOf(field: string): Noun | undefined;
}

/** What the fields of a record are called and hold, as its list knows them. */
export function useWords(noun: Noun): Words {
  const { data } = useQuery(objectsQuery);
  const described = data?.data.find(({ object }) => object === noun);
  const fieldOf = (name: string) => described?.fields.find((field) => field.name === name);
  return {
    fieldOf,
    labelOf: (name) => {
      const field = fieldOf(name);
      return field === undefined ? timeline.fieldOf(name) : labelOf(noun, field);
    },
    nounOf: (name) => nouns.find((one) => described?.relations.some(({ field, object }) => field === name && object === one)),
  };
}

const nouns: readonly Noun[] = ['contact', 'company', 'deal'];

interface ValueProps {
  noun: Noun;
  field: string;
  value: unknown;
}

/** A value as people read it: a person, a record or a choice by its name, a day or a moment as it is written elsewhere. */
export function Value({ noun, field, value }: ValueProps) {
  const words = useWords(noun);
  const choicesOf = useChoices();
  if (value === null || value === undefined || value === '') return texts.empty;
  const other = words.nounOf(field);
  if (other !== undefined) return <Named noun={other} id={String(value)} />;
  const known = words.fieldOf(field);
  const choices = known && choicesOf(noun, known);
  const say = (one: unknown): string => choices?.find((choice) => choice.value === one)?.label ?? plain(one, known?.type);
  return Array.isArray(value) ? value.map(say).join(', ') || texts.empty : say(value);
}

function Named({ noun, id }: { noun: Noun; id: string }) {
  const name = useRecordName(noun, id);
  return name === undefined ? (
    texts.unseen
  ) : (
    <RecordLink noun={noun} id={id}>
      {name}
    </RecordLink>
  );
}

function plain(value: unknown, type: DescribedField['type'] | undefined): string {
  if (typeof value === 'boolean') return value ? shared.yes : shared.no;
  if (type === 'instant') return momentOf(String(value));
  if (type === 'day') return dayOf(String(value));
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
