import { Badge, Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { TagBadge } from '../tags/tag-badge.tsx';
import { texts as shared } from '../texts.ts';
import { brieflyAgoOf, dayOf, momentOf, moneyOf } from '../times.ts';
import type { Choice, ChoicesOf } from './choices.ts';
import type { Described, DescribedField, Listed } from './objects.ts';
import { includedOf } from './objects.ts';
import { texts } from './texts.ts';

/** A record of whichever object: its fields are found by their names. */
export type AnyRecord = { id: string } & Record<string, unknown>;

const pages = { contact: '/contacts/$id', company: '/companies/$id', deal: '/deals/$id' } as const;

/** A link to the page of a record. */
export function RecordLink({ noun, id, children }: { noun: keyof typeof pages; id: string; children: ReactNode }) {
  return (
    <Link to={pages[noun]} params={{ id }} className="plain-link">
      {children}
    </Link>
  );
}

export const dim = (text: ReactNode) =>
  text === null || text === undefined || text === '' ? null : (
    <Text span c="dimmed" size="sm">
      {text}
    </Text>
  );

interface CellProps {
  described: Described;
  field: DescribedField;
  record: AnyRecord;
  choicesOf: ChoicesOf;
}

/** A value as a table shows it, by what its field holds. */
export function Cell({ described, field, record, choicesOf }: CellProps) {
  const value = fieldValue(record, field.name);
  const relation = described.relations.find(({ name }) => `${name}Name` === field.name) ?? includedOf(described, field);
  if (relation !== undefined) return <Related record={record} relation={relation} value={value} />;
  if (value === null || value === undefined || value === '') return null;
  if (Array.isArray(value)) return <Several field={field} values={value} choices={choicesOf(described.object, field)} />;
  switch (field.type) {
    case 'money':
      return (
        <span>
          {typeof record.currency === 'string' ? moneyOf(String(value), record.currency) : Number(value).toLocaleString()}
        </span>
      );
    case 'number':
      return <span>{field.name === 'probability' ? `${value} %` : Number(value).toLocaleString()}</span>;
    case 'instant':
      return (
        <time dateTime={String(value)} title={momentOf(String(value))}>
          {dim(brieflyAgoOf(String(value)))}
        </time>
      );
    case 'day':
      return dim(dayOf(String(value)));
    case 'boolean':
      return dim(value === true ? shared.yes : shared.no);
    case 'user':
      return dim(labelIn(choicesOf(described.object, field), value));
    default:
      return dim(choicesOf(described.object, field)?.find((choice) => choice.value === value)?.label ?? String(value));
  }
}

/** The value of a field; custom ones lie together under a name of their own. */
export function fieldValue(record: AnyRecord, name: string): unknown {
  if (!name.startsWith('customFields.')) return record[name];
  return (record.customFields as Record<string, unknown> | undefined)?.[name.slice('customFields.'.length)];
}

const labelIn = (choices: readonly Choice[] | undefined, value: unknown): string =>
  choices?.find((choice) => choice.value === value)?.label ?? texts.unknownName;

function Several({
  field,
  values,
  choices,
}: {
  field: DescribedField;
  values: unknown[];
  choices: readonly Choice[] | undefined;
}) {
  return (
    <Group gap={4} wrap="nowrap">
      {values.map((value) =>
        field.type === 'ids' ? (
          <TagBadge key={String(value)} id={String(value)} />
        ) : (
          <Badge key={String(value)} variant="default" size="sm">
            {labelIn(choices, value)}
          </Badge>
        ),
      )}
    </Group>
  );
}

interface RelatedProps {
  record: AnyRecord;
  relation: Described['relations'][number];
  value: unknown;
}

/** The record that another points to, as a link; of one that the viewer does not see there is nothing. */
function Related({ record, relation, value }: RelatedProps) {
  const included = record[relation.name] as { id: string; name?: string } | null | undefined;
  const name = included?.name ?? (typeof value === 'string' && included === undefined ? value : null);
  const id = record[relation.field] ?? included?.id;
  if (typeof id !== 'string' || name === null) return null;
  return isPaged(relation.object) ? (
    <RecordLink noun={relation.object} id={id}>
      {name}
    </RecordLink>
  ) : (
    dim(name)
  );
}

const isPaged = (object: string): object is keyof typeof pages & Listed => object in pages;
