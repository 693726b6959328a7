import { Text } from '@mantine/core';
import { useMemo } from 'react';
import type { Column } from '../records/table.tsx';
import { texts as shared } from '../texts.ts';
import { type AnyRecord, Cell, RecordLink } from './cells.tsx';
import { useChoices } from './choices.ts';
import { columnFields, type Described, type DescribedField, includedOf, labelOf } from './objects.ts';

/** A column of a page's own choice. */
export interface ColumnChoice {
  name: string;
  from?: 'middling' | 'wide';
  grow?: number;
}

interface Choice {
  /** The page's own choice, and what the viewer has chosen instead. */
  own: readonly ColumnChoice[];
  chosen: readonly string[] | undefined;
}

/** The columns of a list's table, and the relations that must be included for them. Fields that are not there for the viewer are left out. */
export function useColumns(described: Described, { own, chosen }: Choice): { columns: Column<AnyRecord>[]; include: string[] } {
  const choicesOf = useChoices();
  const wanted: readonly ColumnChoice[] = useMemo(() => chosen?.map((name) => ({ name })) ?? own, [chosen, own]);
  const fields = columnFields(described);
  const found = wanted.flatMap((column) => {
    const field = fields.find(({ name }) => name === column.name);
    return field === undefined ? [] : [{ ...column, field }];
  });
  const columns = found.map(
    ({ field, name, ...look }): Column<AnyRecord> => ({
      ...look,
      key: name,
      label: labelOf(described.object, field),
      sort: field.sortable ? name : undefined,
      cell: (record) =>
        isTitle(described, field) ? (
          <Title described={described} record={record} value={record[name]} />
        ) : (
          <Cell described={described} field={field} record={record} choicesOf={choicesOf} />
        ),
    }),
  );
  const include = found.flatMap(({ field }) => includedOf(described, field)?.name ?? []);
  return { columns, include };
}

const paged = new Set(['contact', 'company', 'deal']);
const titles: Record<string, string> = { task: 'title', activity: 'subject' };

const isTitle = ({ object }: Described, { name }: DescribedField): boolean => name === (titles[object] ?? 'name');

/** The name of a record, which leads to its page where it has one. */
function Title({ described: { object }, record, value }: { described: Described; record: AnyRecord; value: unknown }) {
  const words = (
    <Text span fw={550} size="sm">
      {typeof value === 'string' && value !== '' ? value : shared.empty}
    </Text>
  );
  return paged.has(object) ? (
    <RecordLink noun={object as 'contact'} id={record.id}>
      {words}
    </RecordLink>
  ) : (
    words
  );
}
