import { Button, Select, Skeleton, Table, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AuditEntry } from '../../src/identity/audit.schema.ts';
import { FormError } from '../form.tsx';
import { listQuery } from '../queries.ts';
import { LoadMore } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { momentOf } from '../times.ts';
import { texts } from './access.texts.ts';

/** Events that are looked for most. */
const types = [
  'user.signed_in',
  'user.sign_in_failed',
  'user.created',
  'user.updated',
  'role.updated',
  'api_key.created',
  'api_key.revoked',
  'contact.updated',
  'contact.deleted',
  'deal.closed',
];

/** The audit: who did what, when and from where, narrowed by event, and as a file. */
export function AuditPage() {
  const [type, setType] = useState<string | null>(null);
  const narrowed = type === null ? {} : { types: type };
  const query = useInfiniteQuery(listQuery<AuditEntry>('audit', { ...narrowed, limit: 50 }));
  const { data, error } = query;
  const entries = data?.pages.flatMap((page) => page.data);
  const file = `/api/v1/audit/export${type === null ? '' : `?types=${type}`}`;
  const tools = (
    <>
      <Select
        size="xs"
        aria-label={texts.type}
        placeholder={texts.anyType}
        clearable
        data={types}
        value={type}
        onChange={setType}
      />
      <Button size="xs" variant="default" component="a" href={file} download leftSection={<IconDownload size={16} />}>
        {texts.download}
      </Button>
    </>
  );
  return (
    <Page title={texts.audit} tools={tools}>
      <Text c="dimmed" size="sm" mb="sm">
        {texts.auditText}
      </Text>
      <FormError error={error} />
      <div className="panel">
        {entries === undefined ? error === null ? <Skeleton h={240} /> : null : <AuditTable entries={entries} />}
      </div>
      <LoadMore query={query} />
    </Page>
  );
}

function AuditTable({ entries }: { entries: readonly AuditEntry[] }) {
  if (entries.length === 0)
    return (
      <Text p="md" c="dimmed">
        {texts.noEntries}
      </Text>
    );
  return (
    <Table.ScrollContainer minWidth={640} type="native" tabIndex={0} role="region" aria-label={texts.audit}>
      <Table verticalSpacing="xs" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            {[texts.when, texts.type, texts.who, texts.what, texts.from].map((title) => (
              <Table.Th key={title}>{title}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => (
            <Table.Tr key={entry.id}>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>{momentOf(entry.at)}</Table.Td>
              <Table.Td>{entry.type}</Table.Td>
              <Table.Td>{entry.actorName ?? (entry.actorKind === 'system' ? texts.nobody : entry.actorKind)}</Table.Td>
              <Table.Td>
                <Text size="xs" c="dimmed" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
                  {entry.recordType} {wordsOf(entry)}
                </Text>
              </Table.Td>
              <Table.Td>
                {entry.door} {entry.address}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What changed, in a line: `title: Engineer → Lead`. */
function wordsOf({ data }: AuditEntry): string {
  const changes = (data.changes ?? {}) as Record<string, { from: unknown; to: unknown }>; // the catalogue's shape of changes
  const say = (value: unknown) => (value === null || value === undefined ? '–' : typeof value === 'object' ? '…' : String(value));
  return Object.entries(changes)
    .map(([field, { from, to }]) => `${field}: ${say(from)} → ${say(to)}`)
    .join(', ');
}
