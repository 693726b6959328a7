import { Chip, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ActivityType, activityTypesQuery } from '../activities/types.ts';
import type { Noun } from '../records.ts';
import { texts } from './texts.ts';

/** Kinds of entries as people tell them apart, each with the kinds of the API that it stands for. */
const groups = {
  note: ['note'],
  call: ['call'],
  meeting: ['meeting'],
  mail: ['mail'],
  task: ['task'],
  deal: ['deal_created', 'deal_stage_changed', 'deal_closed', 'deal_reopened'],
  change: ['change', 'contact_created', 'company_created'],
  workflow: ['workflow'],
  file: ['file'],
} as const;
type GroupName = keyof typeof groups;

const isGroup = (name: string): name is GroupName => Object.hasOwn(groups, name);

/** What is chosen, which is in the address, and the kinds it stands for; undefined for all. A name that is no group is a type of people's own. */
export function useKinds(): { chosen: string[]; kinds: string | undefined } {
  const { kinds = '' } = useSearch({ strict: false }) as { kinds?: string }; // as the record routes read it
  const chosen = kinds.split(',').filter((name) => /^\w{1,50}$/.test(name));
  const wanted = chosen.flatMap((name) => (isGroup(name) ? groups[name] : [name])).slice(0, 20);
  return { chosen, kinds: wanted.length === 0 ? undefined : wanted.join(',') };
}

/** Types of activities are called what people have named them; several entries of one that still has its first name, by their plural. */
function labelOf(name: GroupName, types: readonly ActivityType[] | undefined): string {
  const label = types?.find(({ key }) => key === name)?.label;
  return label === undefined || label === texts.shippedLabels[name] ? texts.groups[name] : label;
}

/** Narrows a timeline to some kinds of entries; with none chosen all are shown. */
export function KindsFilter({ noun }: { noun: Noun }) {
  const { chosen } = useKinds();
  const navigate = useNavigate();
  const { data: types } = useQuery(activityTypesQuery);
  const own = (types?.data ?? []).filter(({ key, system, archived }) => !system && !archived && !isGroup(key) && key !== 'email');
  const offered = [
    ...(Object.keys(groups) as GroupName[])
      .filter((name) => name !== 'workflow' || noun === 'deal')
      .map((name) => ({ name, label: labelOf(name, types?.data) })),
    ...own.map(({ key, label }) => ({ name: key, label })),
  ];
  const choose = (names: string[]) => {
    const kinds = names.length === 0 ? undefined : names.join(',');
    void navigate({ to: '.', search: { kinds } as never, replace: true }); // of whichever record this is
  };
  return (
    <Chip.Group multiple value={chosen} onChange={choose}>
      <Group gap={6} mb="xs" role="group" aria-label={texts.kindsFilter}>
        {offered.map(({ name, label }) => (
          <Chip key={name} size="xs" value={name}>
            {label}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  );
}
