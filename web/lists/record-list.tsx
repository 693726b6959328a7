import { Button, Modal, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { type Icon, IconFilter, IconPlus, IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { useSelection } from '../bulk/selection.ts';
import { texts as bulk } from '../bulk/texts.ts';
import { FormError } from '../form.tsx';
import { useAllowed } from '../identity/allowed.ts';
import { searchQuery } from '../queries.ts';
import { RecordTable } from '../records/table.tsx';
import { Empty } from '../shell/empty.tsx';
import { Page } from '../shell/page.tsx';
import { ViewMenu } from '../views/view-menu.tsx';
import type { AnyRecord } from './cells.tsx';
import { type ColumnChoice, useColumns } from './columns.tsx';
import { countOf, groupOf } from './conditions.ts';
import { type ListState, useListState } from './list-state.ts';
import styles from './lists.module.css';
import { columnFields, type Described, type Listed, objectsQuery, pathOf } from './objects.ts';
import { texts } from './texts.ts';

const BulkBar = lazy(async () => ({ default: (await import('../bulk/bulk-bar.tsx')).BulkBar }));
const Chips = lazy(async () => ({ default: (await import('./chips.tsx')).Chips }));
const ColumnsMenu = lazy(async () => ({ default: (await import('./columns-menu.tsx')).ColumnsMenu }));
const FilterPanel = lazy(async () => ({ default: (await import('./filter-panel.tsx')).FilterPanel }));

interface RecordListProps {
  object: Listed;
  title: string;
  /** What the whole list is called among its views. */
  allLabel: string;
  /** The page's own choice of columns. */
  columns: readonly ColumnChoice[];
  /** How it is sorted unless told. */
  sort: string;
  /** Label of the search box; none where the hub does not search. */
  searchLabel?: string;
  /** Tools of the page's own, before the others. */
  tools?: ReactNode;
  /** Said when there is no record at all. */
  empty: { icon: Icon; title: string; text: string };
  /** How a new one is made; none where that is done elsewhere. */
  create?: Create | undefined;
}

interface Create {
  label: string;
  /** The form, in a dialog that `done` closes. */
  form(done: () => void): ReactNode;
}

/** A page with one long table: views, search, filter, columns and sort, all kept in the address; and a dialog for a new record. */
export function RecordList(props: RecordListProps) {
  const { object, title } = props;
  const { can } = useAllowed();
  const create = can(object, 'create') ? props.create : undefined;
  const [making, dialog] = useDisclosure();
  const state = useListState(object);
  const { data: objects, error } = useQuery(objectsQuery);
  const described = objects?.data.find((one) => one.object === object);
  const [filtering, filter] = useDisclosure();
  const count = state.filter === undefined ? 0 : countOf(groupOf(state.filter));
  const tools = (
    <>
      {props.tools}
      <ViewMenu object={object} allLabel={props.allLabel} state={state} />
      <Button
        size="xs"
        h={34}
        variant={state.filter === undefined ? 'default' : 'light'}
        leftSection={<IconFilter size={15} />}
        onClick={filter.toggle}
        aria-expanded={filtering}
        aria-label={texts.filterCount(count)}
        className={styles.tool}
      >
        <span className={styles.toolLabel}>{texts.filter}</span>
        {count === 0 ? '' : `\u00a0(${count})`}
      </Button>
      {described === undefined ? null : <Columns described={described} state={state} choice={props.columns} />}
      {props.searchLabel === undefined ? null : <SearchBox key={state.view?.id} state={state} label={props.searchLabel} />}
      {create === undefined ? null : (
        <Button
          size="xs"
          h={34}
          leftSection={<IconPlus size={16} />}
          onClick={dialog.open}
          aria-label={create.label}
          className={styles.tool}
          data-page-new
        >
          <span className={styles.toolLabel}>{create.label}</span>
        </Button>
      )}
    </>
  );
  const onFilter = (tree: ListState['filter']) => state.set({ filter: tree ?? {} });
  return (
    <Page title={title} fill tools={tools}>
      <FormError error={error} />
      {filtering ? (
        <Suspense fallback={<Skeleton h={60} mb={8} />}>
          <FilterPanel object={object} tree={state.filter} onChange={onFilter} />
        </Suspense>
      ) : state.filter === undefined ? null : (
        <Suspense>
          <Chips object={object} tree={state.filter} onChange={onFilter} onOpen={filter.open} />
        </Suspense>
      )}
      {described === undefined || !state.isReady ? (
        error === null ? (
          <Skeleton flex={1} />
        ) : null
      ) : (
        <Rows {...props} create={create} described={described} state={state} onNew={dialog.open} />
      )}
      {create === undefined ? null : (
        <Modal opened={making} onClose={dialog.close} title={create.label}>
          <Suspense>{create.form(dialog.close)}</Suspense>
        </Modal>
      )}
    </Page>
  );
}

interface WithState {
  described: Described;
  state: ListState;
}

function Columns({ described, state, choice }: WithState & { choice: readonly ColumnChoice[] }) {
  const fields = columnFields(described);
  const own = choice.map(({ name }) => name).filter((name) => fields.some((field) => field.name === name));
  return (
    <Suspense fallback={<Skeleton h={34} w={106} />}>
      <ColumnsMenu
        described={described}
        fields={fields}
        shown={state.columns ?? own}
        onChange={(columns) => state.set({ columns: columns?.join(',') ?? '' })}
      />
    </Suspense>
  );
}

function Rows(props: RecordListProps & WithState & { onNew(): void }) {
  const { object, title, columns: choice, sort, described, state } = props;
  const { columns, include } = useColumns(described, { own: choice, chosen: state.columns });
  const sorted = state.sort ?? sort;
  const request = {
    limit: 100,
    sort: sorted,
    ...(state.q === '' ? {} : { q: state.q }),
    ...(state.filter === undefined ? {} : { filter: state.filter }),
    ...(include.length === 0 ? {} : { include: include.join(',') }),
  };
  const query = useInfiniteQuery(searchQuery<AnyRecord>(pathOf[object], request));
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const isNarrowed = state.q !== '' || state.filter !== undefined;
  const { can } = useAllowed();
  const selection = useSelection(JSON.stringify([state.q, state.filter]));
  const choosing = {
    ...selection,
    label: (record: AnyRecord) => bulk.choose(String(record.name ?? record.title ?? record.subject ?? '')),
    allLabel: bulk.chooseShown,
    cellLabel: bulk.cell,
  };
  const mayChoose = object !== 'activity' && can('bulk_edit', 'create') && can(object, 'edit');
  if (query.error !== null && data === undefined) return <FormError error={query.error} />;
  return (
    <>
      <FormError error={query.error} />
      {selection.matching || selection.ids.size > 0 ? (
        <Suspense>
          <BulkBar object={object} state={state} selection={selection} />
        </Suspense>
      ) : null}
      <RecordTable
        label={title}
        columns={columns}
        records={data?.pages.flatMap((page) => page.data)}
        hasMore={hasNextPage}
        loadMore={() => void (isFetchingNextPage || fetchNextPage())}
        sort={sorted}
        onSort={(next) => state.set({ sort: next })}
        spread={state.columns !== undefined}
        choosing={mayChoose ? choosing : undefined}
        empty={isNarrowed ? <NothingMatches state={state} /> : <NoneYet {...props} />}
      />
    </>
  );
}

function NoneYet({ empty, create, onNew }: Pick<RecordListProps, 'empty' | 'create'> & { onNew(): void }) {
  const action = create === undefined ? undefined : <Button onClick={onNew}>{create.label}</Button>;
  return (
    <Empty icon={empty.icon} title={empty.title} action={action}>
      {empty.text}
    </Empty>
  );
}

function NothingMatches({ state }: { state: ListState }) {
  return (
    <Empty
      icon={IconSearch}
      title={texts.noneTitle}
      action={
        <Button variant="light" onClick={() => state.set({ q: '', filter: {} })}>
          {texts.clearAll}
        </Button>
      }
    >
      {texts.none}
    </Empty>
  );
}

function SearchBox({ state, label }: { state: ListState; label: string }) {
  const [typed, setTyped] = useState(state.q);
  /** What was searched for from here, and has not come back through the address yet: one types on meanwhile. */
  const underway = useRef<string[]>([]);
  const search = useDebouncedCallback((words: string) => {
    const q = words.trim();
    if (q === state.q) return;
    underway.current.push(q);
    state.set({ q });
  }, 150);
  useEffect(() => {
    const known = underway.current.indexOf(state.q);
    underway.current.splice(0, known + 1);
    // Cleared from beside, or the way back was taken.
    if (known === -1) setTyped(state.q);
  }, [state.q]);
  return (
    <TextInput
      size="sm"
      flex="1 1 200px"
      maw={{ sm: 240 }}
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
