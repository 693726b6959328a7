import { Button, Select, Skeleton, Table, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconDownload } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AuditEntry } from '../../src/identity/audit.schema.ts';
import { FormError } from '../form.tsx';
import { listQuery, usersQuery } from '../queries.ts';
import type { Noun } from '../records.ts';
import { PageLink } from '../shell/link.tsx';
import { LoadMore } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { texts as timeline } from '../timeline/texts.ts';
import { momentOf } from '../times.ts';
import { rolesQuery, teamsQuery } from './access.queries.ts';
import { texts } from './access.texts.ts';
import styles from './audit.module.css';

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
        data={types.map((value) => ({ value, label: shared.event(value) }))}
        searchable
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
  const isWide = useMediaQuery('(min-width: 48em)', true, { getInitialValueInEffect: false });
  const names = useNames();
  if (entries.length === 0)
    return (
      <Text p="md" c="dimmed">
        {texts.noEntries}
      </Text>
    );
  const lines = entries.map((entry) => ({ entry, who: whoOf(entry, names), from: `${entry.door} ${entry.address ?? ''}` }));
  if (!isWide)
    return (
      <ul className={styles.audit} aria-label={texts.audit}>
        {lines.map(({ entry, who, from }) => (
          <li key={entry.id}>
            <Text size="sm" fw={550} title={entry.type}>
              {shared.event(entry.type)}
            </Text>
            <What entry={entry} names={names} />
            <Text size="xs" c="dimmed">
              {[momentOf(entry.at), who, from].join(' · ')}
            </Text>
          </li>
        ))}
      </ul>
    );
  return (
    <Table verticalSpacing="xs" horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          {[texts.when, texts.type, texts.who, texts.what, texts.from].map((title) => (
            <Table.Th key={title}>{title}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lines.map(({ entry, who, from }) => (
          <Table.Tr key={entry.id}>
            <Table.Td style={{ whiteSpace: 'nowrap' }}>{momentOf(entry.at)}</Table.Td>
            <Table.Td title={entry.type}>{shared.event(entry.type)}</Table.Td>
            <Table.Td>{who}</Table.Td>
            <Table.Td>
              <What entry={entry} names={names} />
            </Table.Td>
            <Table.Td>{from}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

type Names = ReadonlyMap<string, string>;

/** Names of those of whom the audit tells most, by their ids. */
function useNames(): Names {
  const { data: users } = useQuery(usersQuery);
  const { data: roles } = useQuery(rolesQuery);
  const { data: teams } = useQuery(teamsQuery);
  const named: { id: string; name: string }[] = [...(users?.data ?? []), ...(roles?.data ?? []), ...(teams?.data ?? [])];
  return new Map(named.map(({ id, name }) => [id, name]));
}

/** Who did it. Whoever signs in is nobody yet: it is the user of whom it tells. */
function whoOf({ actorName, actorKind, recordType, recordId }: AuditEntry, names: Names): string {
  if (actorName !== null) return actorName;
  if (actorKind === 'system') return texts.nobody;
  return (recordType === 'user' ? names.get(recordId) : undefined) ?? actorKind;
}

const pages = { contact: '/contacts/$id', company: '/companies/$id', deal: '/deals/$id' } as const;
const hasPage = (type: string): type is Noun => Object.hasOwn(pages, type);

/** What it was done to, and what changed, in two lines at most: `Title: Engineer → Lead`. */
function What({ entry, names }: { entry: AuditEntry; names: Names }) {
  const { recordType, recordId, data } = entry;
  const changes = (data.changes ?? {}) as Record<string, { from: unknown; to: unknown }>; // the catalogue's shape of changes
  const say = (value: unknown): string => {
    if (value === null || value === undefined) return '–';
    return names.get(String(value)) ?? (typeof value === 'object' ? '…' : String(value));
  };
  const words = Object.entries(changes).map(([field, { from, to }]) => `${timeline.fieldOf(field)}: ${say(from)} → ${say(to)}`);
  const label = names.get(recordId) ?? shared.event(recordType);
  return (
    <Text size="xs" c="dimmed" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
      {hasPage(recordType) ? (
        <PageLink to={pages[recordType]} params={{ id: recordId }} size="xs" underline="always">
          {label}
        </PageLink>
      ) : (
        label
      )}{' '}
      {words.join(', ')}
    </Text>
  );
}
