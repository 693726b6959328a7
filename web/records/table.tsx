// biome-ignore-all lint/a11y/useSemanticElements: browsers take the table's meaning from <tr> that are placed by transform; roles keep it
// biome-ignore-all lint/a11y/useFocusableInteractive: the rows are read, not operated; their links take the focus
// biome-ignore-all lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard (WCAG 2.1.1)
import { Skeleton, Text } from '@mantine/core';
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
}

const rowHeight = 41;

/** A table that draws only the rows in sight and reads on as one scrolls, so that its length does not matter. */
export function RecordTable<T extends { id: string }>({
  label,
  columns,
  records,
  hasMore,
  loadMore,
  empty,
}: RecordTableProps<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const count = records?.length ?? 0;
  const rows = useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 12 });
  const items = rows.getVirtualItems();
  const lastSeen = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastSeen >= count - 30) loadMore();
  }, [hasMore, lastSeen, count, loadMore]);
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
      <div role="rowgroup" className={styles.head}>
        <div role="row" className={styles.row} aria-rowindex={1}>
          {columns.map((column) => (
            <Cell key={column.key} column={column} role="columnheader">
              <Text size="xs" fw={600} c="dimmed" truncate>
                {column.label}
              </Text>
            </Cell>
          ))}
        </div>
      </div>
      {records === undefined ? (
        <Skeletons columns={columns} />
      ) : (
        <div role="rowgroup" style={{ height: rows.getTotalSize(), position: 'relative' }}>
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

function Cell<T>({ column, role, children }: { column: Column<T>; role: 'cell' | 'columnheader'; children: ReactNode }) {
  return (
    <div
      role={role}
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
