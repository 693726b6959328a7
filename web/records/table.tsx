// biome-ignore-all lint/a11y/useSemanticElements: browsers take the table's meaning from <tr> that are placed by transform; roles keep it
// biome-ignore-all lint/a11y/useFocusableInteractive: the rows are read, not operated; their links take the focus
// biome-ignore-all lint/a11y/useAriaPropsSupportedByRole: its role is given, and a columnheader has aria-sort
// biome-ignore-all lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard (WCAG 2.1.1)
import { Skeleton, Text, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';
import styles from './table.module.css';

/** A column of a record table. `from` is the narrowest table it is shown in: always, middling (640 px), wide (900 px). */
export interface Column<T> {
  key: string;
  label: string;
  from?: 'middling' | 'wide';
  /** Share of the width. */
  grow?: number;
  /** The field to sort by when its head is pressed; none where the hub does not sort by it. */
  sort?: string | undefined;
  cell(record: T): ReactNode;
}

interface RecordTableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  /** Undefined while the first page is read. */
  records: readonly T[] | undefined;
  hasMore: boolean;
  loadMore(): void;
  /** Shown instead of rows when there are none. */
  empty: ReactNode;
  /** How it is sorted: a field, `-` before it for the other way round. */
  sort?: string | undefined;
  onSort?(sort: string): void;
  /** No narrower than its columns need: it scrolls sideways. */
  spread?: boolean;
  /** Records can be chosen by a box in front of each. */
  choosing?: Choosing<T> | undefined;
}

interface Choosing<T> {
  has(id: string): boolean;
  toggle(id: string): void;
  toggleAll(ids: readonly string[]): void;
  /** What the box of a record, and that of all, are called. */
  label(record: T): string;
  allLabel: string;
  cellLabel: string;
}

const rowHeight = 41;
const columnWidth = 150;

/** A table that draws only the rows in sight and reads on as one scrolls, so that its length does not matter. */
export function RecordTable<T extends { id: string }>({
  label,
  columns,
  records,
  hasMore,
  loadMore,
  empty,
  sort,
  onSort,
  spread = false,
  choosing,
}: RecordTableProps<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const count = records?.length ?? 0;
  const rows = useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 12 });
  const items = rows.getVirtualItems();
  const lastSeen = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastSeen >= count - 30) loadMore();
  }, [hasMore, lastSeen, count, loadMore]);
  const minWidth = spread ? columns.length * columnWidth : undefined;
  if (records?.length === 0) return <div className={`panel ${styles.box}`}>{empty}</div>;
  return (
    <div
      ref={scroller}
      className={`panel ${styles.box}`}
      tabIndex={0}
      role="table"
      aria-label={label}
      aria-rowcount={hasMore ? -1 : count + 1}
    >
      <div role="rowgroup" className={styles.head} style={{ minWidth }}>
        <div role="row" className={styles.row} aria-rowindex={1}>
          {choosing === undefined ? null : <ChooseAll choosing={choosing} records={records ?? []} />}
          {columns.map((column) => (
            <Cell key={column.key} column={column} role="columnheader" sorted={sortedBy(column, sort)}>
              <Head column={column} sort={sort} onSort={onSort} />
            </Cell>
          ))}
        </div>
      </div>
      {records === undefined ? (
        <Skeletons columns={columns} />
      ) : (
        <div role="rowgroup" style={{ height: rows.getTotalSize(), position: 'relative', minWidth }}>
          {items.map((item) => {
            const record = records[item.index];
            if (record === undefined) return null;
            return (
              <div
                key={record.id}
                role="row"
                aria-rowindex={item.index + 2}
                className={`${styles.row} ${styles.body}`}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {choosing === undefined ? null : (
                  <div role="cell" className={styles.choose} aria-label={choosing.cellLabel}>
                    <label>
                      <input
                        type="checkbox"
                        aria-label={choosing.label(record)}
                        checked={choosing.has(record.id)}
                        onChange={() => choosing.toggle(record.id)}
                      />
                    </label>
                  </div>
                )}
                {columns.map((column) => (
                  <Cell key={column.key} column={column} role="cell">
                    {column.cell(record)}
                  </Cell>
                ))}
              </div>
            );
          })}
        </div>
      )}
    </div>
  );
}

function ChooseAll<T extends { id: string }>({ choosing, records }: { choosing: Choosing<T>; records: readonly T[] }) {
  const chosen = records.filter(({ id }) => choosing.has(id)).length;
  return (
    <div role="columnheader" className={styles.choose}>
      <label>
        <input
          type="checkbox"
          ref={(box) => {
            if (box !== null) box.indeterminate = chosen > 0 && chosen < records.length;
          }}
          aria-label={choosing.allLabel}
          disabled={records.length === 0}
          checked={chosen > 0 && chosen === records.length}
          onChange={() => choosing.toggleAll(records.map(({ id }) => id))}
        />
      </label>
    </div>
  );
}

type Sorted = 'ascending' | 'descending' | undefined;

function sortedBy<T>({ sort: field }: Column<T>, sort: string | undefined): Sorted {
  if (field === undefined || sort?.replace(/^-/, '') !== field) return undefined;
  return sort.startsWith('-') ? 'descending' : 'ascending';
}

interface HeadProps<T> {
  column: Column<T>;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
}

/** A column's head; where it can be sorted by, pressing it sorts, and pressing it again turns the order round. */
function Head<T>({ column, sort, onSort }: HeadProps<T>) {
  const sorted = sortedBy(column, sort);
  const { sort: field, label } = column;
  if (field === undefined || onSort === undefined) {
    return (
      <Text size="xs" fw={600} c="dimmed" truncate>
        {label}
      </Text>
    );
  }
  return (
    <UnstyledButton className={styles.sorter} onClick={() => onSort(sorted === 'ascending' ? `-${field}` : field)}>
      <Text span size="xs" fw={600} c="dimmed" truncate>
        {label}
      </Text>
      {sorted === 'ascending' ? <IconArrowUp size={13} aria-hidden /> : null}
      {sorted === 'descending' ? <IconArrowDown size={13} aria-hidden /> : null}
    </UnstyledButton>
  );
}

interface CellProps<T> {
  column: Column<T>;
  role: 'cell' | 'columnheader';
  sorted?: Sorted;
  children: ReactNode;
}

function Cell<T>({ column, role, sorted, children }: CellProps<T>) {
  return (
    <div
      role={role}
      aria-sort={sorted}
      className={`${styles.cell} ${column.from === undefined ? '' : styles[column.from]}`}
      style={{ flexGrow: column.grow ?? 1 }}
    >
      {children}
    </div>
  );
}

function Skeletons<T>({ columns }: { columns: readonly Column<T>[] }) {
  return (
    <div aria-hidden>
      {Array.from({ length: 12 }, (_, index) => `skeleton-${index}`).map((row) => (
        <div key={row} className={styles.row}>
          {columns.map((column) => (
            <Cell key={column.key} column={column} role="cell">
              <Skeleton h={12} w="70%" />
            </Cell>
          ))}
        </div>
      ))}
    </div>
  );
}
