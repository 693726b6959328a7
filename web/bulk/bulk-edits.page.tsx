import { Button, Modal, Table, Text } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useChoices } from '../lists/choices.ts';
import { labelOf, objectsQuery } from '../lists/objects.ts';
import { listQuery, usersQuery } from '../queries.ts';
import type { BulkEdit } from '../records.ts';
import { ListPanel, LoadMore } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { tagsQuery } from '../tags/tags.ts';
import { texts as shared } from '../texts.ts';
import { agoOf, momentOf } from '../times.ts';
import { BulkOutcome } from './bulk-outcome.tsx';
import { texts } from './texts.ts';

/** The bulk edits that the viewer may see, newest first, each with what became of it and the way back. */
export function BulkEditsPage() {
  const query = useInfiniteQuery(listQuery<BulkEdit>('bulk-edits', { limit: 50 }));
  const edits = query.data?.pages.flatMap((page) => page.data);
  const [opened, setOpened] = useState<BulkEdit | null>(null);
  const changesOf = useChanges();
  return (
    <Page title={shared.bulkEdits}>
      <Text c="dimmed" size="sm" mb="sm">
        {texts.listText}
      </Text>
      <ListPanel items={edits} error={query.error} icon={IconPencil} emptyTitle={texts.emptyTitle} empty={texts.empty}>
        {(found) => <BulkEditsTable edits={found} changesOf={changesOf} onOpen={setOpened} />}
      </ListPanel>
      <LoadMore query={query} />
      <Modal opened={opened !== null} onClose={() => setOpened(null)} title={opened === null ? '' : changesOf(opened)}>
        {opened === null ? null : <BulkOutcome begun={opened} />}
      </Modal>
    </Page>
  );
}

interface BulkEditsTableProps {
  edits: readonly BulkEdit[];
  changesOf(edit: BulkEdit): string;
  onOpen(edit: BulkEdit): void;
}

function BulkEditsTable({ edits, changesOf, onOpen }: BulkEditsTableProps) {
  const { data: users } = useQuery(usersQuery);
  const nameOf = (id: string | null) => users?.data.find((user) => user.id === id)?.name ?? shared.empty;
  return (
    <Table verticalSpacing={6} horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{texts.what}</Table.Th>
          <Table.Th visibleFrom="sm">{texts.who}</Table.Th>
          <Table.Th visibleFrom="sm">{texts.when}</Table.Th>
          <Table.Th aria-label={texts.show} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {edits.map((edit) => (
          <Table.Tr key={edit.id}>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>
              <Text size="sm">{changesOf(edit)}</Text>
              <Text size="xs" c="dimmed">
                {`${texts.records[edit.object]} · ${texts.states[edit.state]} · ${texts.outcome.changed(edit.changed)}`}
              </Text>
            </Table.Td>
            <Table.Td visibleFrom="sm">{nameOf(edit.createdBy)}</Table.Td>
            <Table.Td visibleFrom="sm" title={momentOf(edit.createdAt)}>
              {agoOf(edit.createdAt)}
            </Table.Td>
            <Table.Td ta="right">
              <Button
                size="compact-sm"
                variant="light"
                aria-label={texts.showNamed(changesOf(edit), agoOf(edit.createdAt))}
                onClick={() => onOpen(edit)}
              >
                {texts.show}
              </Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** What a bulk edit changes, in the words of the viewer's fields: `Title: Engineer · Add tags: VIP`. */
function useChanges(): (edit: BulkEdit) => string {
  const { data: objects } = useQuery(objectsQuery);
  const { data: tags } = useQuery(tagsQuery);
  const choicesOf = useChoices();
  return ({ object, patch: { values, addTagIds, removeTagIds } }) => {
    const fields = objects?.data.find((one) => one.object === object)?.fields ?? [];
    const changed = flat(values).map(([name, value]) => {
      const field = fields.find((one) => one.name === name) ?? { name, label: null, type: 'text' as const, options: [] };
      const label = labelOf(object, field);
      if (field.type === 'id') return label;
      const choices = choicesOf(object, field);
      const said = [value]
        .flat()
        .map((one) => choices?.find((choice) => choice.value === one)?.label ?? String(one ?? shared.nothing));
      return `${label}: ${said.join(', ')}`;
    });
    const tagged = (label: string, ids: readonly string[]) => {
      const names = ids.map((id) => tags?.data.find((tag) => tag.id === id)?.name ?? shared.empty);
      return names.length === 0 ? [] : [`${label}: ${names.join(', ')}`];
    };
    return [...changed, ...tagged(texts.addTags, addTagIds), ...tagged(texts.removeTags, removeTagIds)].join(' · ');
  };
}

/** The values of a patch; those of custom fields lie together under a name of their own. */
const flat = (values: Record<string, unknown>): [string, unknown][] =>
  Object.entries(values).flatMap(([name, value]): [string, unknown][] =>
    name === 'customFields' && typeof value === 'object' && value !== null
      ? Object.entries(value).map(([key, one]) => [`customFields.${key}`, one])
      : [[name, value]],
  );
