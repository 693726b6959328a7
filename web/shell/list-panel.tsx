import { Button, Skeleton } from '@mantine/core';
import { type Icon, IconPlus } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { FormError } from '../form.tsx';
import { texts } from '../texts.ts';
import { Empty } from './empty.tsx';

interface ListPanelProps<T> {
  /** Undefined while they are read. */
  items: readonly T[] | undefined;
  error?: Error | null;
  /** What stands there when there is none: a sign, a title, what to do next. */
  icon: Icon;
  emptyTitle: string;
  empty: ReactNode;
  /** Draws them; asked only when there are some. */
  children(items: readonly T[]): ReactNode;
}

/** A short list in a panel, as settings have them: being read, unreadable, empty, or there. */
export function ListPanel<T>({ items, error = null, icon, emptyTitle, empty, children }: ListPanelProps<T>) {
  if (items === undefined) return error === null ? <Skeleton h={160} /> : <FormError error={error} />;
  return (
    <>
      <FormError error={error} />
      <div className="panel">
        {items.length === 0 ? (
          <Empty icon={icon} title={emptyTitle}>
            {empty}
          </Empty>
        ) : (
          children(items)
        )}
      </div>
    </>
  );
}

/** Begins a new one of what the page lists; `C` presses it too. */
export function NewButton({ label, onClick }: { label: string; onClick(): void }) {
  return (
    <Button size="xs" h={34} leftSection={<IconPlus size={16} />} onClick={onClick} data-page-new>
      {label}
    </Button>
  );
}

interface Paged {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage(): Promise<unknown>;
}

/** Reads the next page of a list, where there is one. */
export function LoadMore({ query }: { query: Paged }) {
  if (!query.hasNextPage) return null;
  return (
    <Button mt="sm" variant="subtle" color="gray" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
      {texts.loadMore}
    </Button>
  );
}
