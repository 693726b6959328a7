import { Button, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { Page as ListPage } from '../api.ts';
import { FormError } from '../form.tsx';
import { listQuery } from '../queries.ts';
import { Page } from '../shell/page.tsx';
import { type Column, RecordTable } from './table.tsx';

interface ListPageProps<T> {
  title: string;
  /** Path of the list in the API, which is also its page's address. */
  list: 'contacts' | 'companies';
  q: string | undefined;
  columns: readonly Column<T>[];
  searchLabel: string;
  newLabel: string;
  onNew(): void;
  /** Shown when there is nothing; `searching` when a search has found nothing. */
  empty(searching: boolean): ReactNode;
  children?: ReactNode;
}

/** A page with one long table: search as one types, kept in the address, and a button that makes a record. */
export function RecordListPage<T extends { id: string }>(props: ListPageProps<T>) {
  const { title, list, q, columns } = props;
  const query: UseInfiniteQueryResult<InfiniteData<ListPage<T>>> = useInfiniteQuery(
    listQuery<T>(list, { q, sort: 'name', limit: 100 }),
  );
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, error } = query;
  const tools = (
    <>
      <SearchBox list={list} q={q} label={props.searchLabel} />
      <Button size="xs" h={34} leftSection={<IconPlus size={16} />} onClick={props.onNew} data-page-new>
        {props.newLabel}
      </Button>
    </>
  );
  return (
    <Page title={title} fill tools={tools}>
      <FormError error={error} />
      <RecordTable
        label={title}
        columns={columns}
        records={data?.pages.flatMap((page) => page.data)}
        hasMore={hasNextPage}
        loadMore={() => void (isFetchingNextPage || fetchNextPage())}
        empty={props.empty(q !== undefined)}
      />
      {props.children}
    </Page>
  );
}

function SearchBox({ list, q, label }: { list: 'contacts' | 'companies'; q: string | undefined; label: string }) {
  const [typed, setTyped] = useState(q ?? '');
  const navigate = useNavigate();
  const search = useDebouncedCallback((words: string) => {
    void navigate({ to: `/${list}`, search: words.trim() === '' ? {} : { q: words.trim() }, replace: true });
  }, 150);
  return (
    <TextInput
      size="sm"
      w={{ base: 170, sm: 260 }}
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={15} />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        search(event.currentTarget.value);
      }}
      data-page-search
    />
  );
}
