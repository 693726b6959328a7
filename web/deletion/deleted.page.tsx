import { Button, SegmentedControl, Table, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { listQuery } from '../queries.ts';
import { ListPanel, LoadMore } from '../shell/list-panel.tsx';
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
      <ListPanel items={records} error={query.error} icon={IconTrash} emptyTitle={texts.emptyTitle} empty={texts.empty}>
        {(found) => <DeletedTable path={path} records={found} />}
      </ListPanel>
      <LoadMore query={query} />
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
