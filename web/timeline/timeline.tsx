import { Skeleton, Stack } from '@mantine/core';
import { IconTimelineEvent } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { FormError } from '../form.tsx';
import { timelineQuery } from '../queries.ts';
import type { Noun } from '../records.ts';
import { Empty } from '../shell/empty.tsx';
import { LoadMore } from '../shell/list-panel.tsx';
import { dayOf } from '../times.ts';
import { Entry } from './entry.tsx';
import { KindsFilter, useKinds } from './kinds-filter.tsx';
import { texts } from './texts.ts';
import styles from './timeline.module.css';

/** What happened with a record, newest first, by day. Live events have it read anew. */
export function Timeline({ noun, id }: { noun: Noun; id: string }) {
  const { kinds } = useKinds();
  return (
    <>
      <KindsFilter noun={noun} />
      <Entries noun={noun} id={id} kinds={kinds} />
    </>
  );
}

function Entries({ noun, id, kinds }: { noun: Noun; id: string; kinds: string | undefined }) {
  const query = useInfiniteQuery(timelineQuery(noun, id, kinds));
  const { data, error } = query;
  const entries = data?.pages.flatMap((page) => page.data);
  if (entries === undefined) {
    return error === null ? <Loading /> : <FormError error={error} />;
  }
  if (entries.length === 0) {
    return (
      <Empty icon={IconTimelineEvent} title={kinds === undefined ? texts.emptyTitle : texts.noneTitle}>
        {kinds === undefined ? texts.empty : texts.none}
      </Empty>
    );
  }
  return (
    <Stack gap="xs">
      <ol className={styles.timeline} aria-label={texts.title}>
        {entries.map((entry, index) => {
          const day = dayOf(entry.activityDate);
          const before = entries[index - 1];
          const isFirstOfDay = before === undefined || dayOf(before.activityDate) !== day;
          return <Entry key={`${entry.type} ${entry.id}`} entry={entry} within={noun} day={isFirstOfDay ? day : null} />;
        })}
      </ol>
      <LoadMore query={query} />
    </Stack>
  );
}

function Loading() {
  return (
    <Stack aria-hidden>
      <Skeleton h={52} />
      <Skeleton h={52} />
      <Skeleton h={52} />
    </Stack>
  );
}
