import { Button, SegmentedControl, Skeleton, Table, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { FormError } from '../form.tsx';
import { listQuery } from '../queries.ts';
import { Empty } from '../shell/empty.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { agoOf, momentOf } from '../times.ts';
import { useRestore } from './restore.ts';
import { texts } from './texts.ts';

type Path = keyof typeof texts.kinds;

interface Deleted {
  id: string;
  name?: string | null;
  title?: string | null;
  subject?: string | null;
  deletedAt: string;
}

/** What was deleted, those last first, each with a way back. */
export function DeletedPage() {
  const [path, setPath] = useState<Path>('contacts');
  const query = useInfiniteQuery({
    ...listQuery<Deleted>(`${path}/deleted`, { limit: 50 }),
    queryKey: ['deleted', path],
    placeholderData: () => undefined,
  });
  const records = query.data?.pages.flatMap((page) => page.data);
  return (
    <Page title={texts.title}>
      <Text c="dimmed" size="sm" mb="sm">
        {texts.text}
      </Text>
      <div style={{ overflowX: 'auto' }}>
        <SegmentedControl
          size="xs"
          mb="sm"
          aria-label={texts.kind}
          data={Object.entries(texts.kinds).map(([value, label]) => ({ value, label }))}
          value={path}
          onChange={(next) => setPath(next as Path)}
        />
      </div>
      <FormError error={query.error} />
      <div className="panel">
        {records === undefined && query.error === null ? <Skeleton h={160} /> : null}
        {records?.length === 0 ? (
          <Empty icon={IconTrash} title={texts.emptyTitle}>
            {texts.empty}
          </Empty>
        ) : null}
        {records === undefined || records.length === 0 ? null : <DeletedTable path={path} records={records} />}
      </div>
      {query.hasNextPage ? (
        <Button
          mt="sm"
          variant="subtle"
          color="gray"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {shared.loadMore}
        </Button>
      ) : null}
    </Page>
  );
}

/** A task has a title and an activity a subject; of a contact, both its name and its job title. */
const nameOf = (path: Path, { name, title, subject }: Deleted): string =>
  (path === 'tasks' ? title : path === 'activities' ? subject : name) || shared.empty;

function DeletedTable({ path, records }: { path: Path; records: readonly Deleted[] }) {
  const restore = useRestore();
  return (
    <Table verticalSpacing={6} horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{texts.name}</Table.Th>
          <Table.Th>{texts.deleted}</Table.Th>
          <Table.Th aria-label={texts.restore} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {records.map((record) => (
          <Table.Tr key={record.id}>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{nameOf(path, record)}</Table.Td>
            <Table.Td title={momentOf(record.deletedAt)}>{agoOf(record.deletedAt)}</Table.Td>
            <Table.Td ta="right">
              <Button
                size="compact-sm"
                variant="light"
                aria-label={texts.restoreNamed(nameOf(path, record))}
                loading={restore.isPending && restore.variables.id === record.id}
                onClick={() => restore.mutate({ path, id: record.id, name: nameOf(path, record) })}
              >
                {texts.restore}
              </Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
