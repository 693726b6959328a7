import { useQuery } from '@tanstack/react-query';
import { activityTypesQuery } from '../activities/types.ts';
import { pipelinesQuery, usersQuery } from '../queries.ts';
import { tagsQuery } from '../tags/tags.ts';
import type { DescribedField } from './objects.ts';
import { texts } from './texts.ts';

export interface Choice {
  value: string;
  label: string;
}

/** Fields that hold one of a few words of the hub's own. */
const fixed: Record<string, readonly string[]> = {
  'deal.status': ['open', 'won', 'lost'],
  'task.status': ['pending', 'in_progress', 'completed', 'cancelled'],
  'task.priority': ['low', 'normal', 'high', 'urgent'],
  'activity.direction': ['in', 'out'],
  'activity.source': ['user', 'email', 'webhook', 'calendar', 'automation', 'system'],
};

type Chooses = Pick<DescribedField, 'name' | 'type' | 'options'>;

/** What can be chosen for a field, by its object and itself; undefined where any value may be typed. */
export type ChoicesOf = (object: string, field: Chooses) => readonly Choice[] | undefined;

/** The choices of fields: of select fields, users, tags, stages, and what the hub itself knows. */
export function useChoices(): ChoicesOf {
  const { data: users } = useQuery(usersQuery);
  const { data: tags } = useQuery(tagsQuery);
  const { data: pipelines } = useQuery(pipelinesQuery);
  const { data: types } = useQuery(activityTypesQuery);
  return (object, { name, type, options }) => {
    if (options.length > 0) return options;
    if (type === 'user')
      return [{ value: 'me', label: texts.me }, ...(users?.data ?? []).map(({ id, name: label }) => ({ value: id, label }))];
    if (type === 'ids') return (tags?.data ?? []).map(({ id, name: label }) => ({ value: id, label }));
    if (name === 'pipelineId') return (pipelines?.data ?? []).map(({ id, name: label }) => ({ value: id, label }));
    if (object === 'deal' && name === 'stage') return stagesOf(pipelines?.data ?? []);
    if (object === 'activity' && name === 'type') return (types?.data ?? []).map(({ key, label }) => ({ value: key, label }));
    return fixed[`${object}.${name}`]?.map((value) => ({ value, label: texts.choices[value] ?? value }));
  };
}

/** Stages by their key; several pipelines may have one of the same. */
const stagesOf = (pipelines: readonly { stages: readonly { key: string; name: string }[] }[]): Choice[] => [
  ...new Map(
    pipelines.flatMap(({ stages }) => stages.map(({ key, name }) => [key, { value: key, label: name }] as const)),
  ).values(),
];
