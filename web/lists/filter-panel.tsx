import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type ChoicesOf, useChoices } from './choices.ts';
import { ConditionRow } from './condition-row.tsx';
import {
  type Condition,
  type Group as ConditionGroup,
  groupOf,
  newKey,
  replaced,
  type Tree,
  treeOf,
  without,
} from './conditions.ts';
import styles from './lists.module.css';
import { type FilterField, filterFields, type Listed, objectsQuery } from './objects.ts';
import { texts } from './texts.ts';

interface FilterPanelProps {
  object: Listed;
  tree: Tree | undefined;
  onChange(tree: Tree | undefined): void;
}

const blank = (): Condition => ({ kind: 'condition', key: newKey(), field: '', operator: 'eq', value: '' });
const withBlank = (group: ConditionGroup): ConditionGroup => (group.items.length > 0 ? group : { ...group, items: [blank()] });

/** Builds a filter: lines of field, operator and value, in groups of which all hold or any. What is complete counts at once. */
export function FilterPanel({ object, tree, onChange }: FilterPanelProps) {
  const { data: objects } = useQuery(objectsQuery);
  const choicesOf = useChoices();
  const [group, setGroup] = useState(() => withBlank(groupOf(tree)));
  const [seen, setSeen] = useState(tree);
  const say = useDebouncedCallback((next: ConditionGroup) => onChange(treeOf(next)), 200);
  // The address may say something else meanwhile: another view, or a condition that was taken away beside.
  if (JSON.stringify(tree) !== JSON.stringify(seen)) {
    setSeen(tree);
    if (JSON.stringify(treeOf(group)) !== JSON.stringify(tree)) setGroup(withBlank(groupOf(tree)));
  }
  const change = (next: ConditionGroup) => {
    setGroup(withBlank(next));
    say(next);
  };
  const fields = objects === undefined ? [] : filterFields(objects.data, object);
  return (
    <section className={`panel ${styles.panel}`} aria-label={texts.filter}>
      <Lines
        group={group}
        fields={fields}
        choicesOf={choicesOf}
        isOuter
        onChange={change}
        onRemove={() => change(groupOf(undefined))}
      />
    </section>
  );
}

interface LinesProps {
  group: ConditionGroup;
  fields: readonly FilterField[];
  choicesOf: ChoicesOf;
  isOuter?: boolean;
  onChange(next: ConditionGroup): void;
  onRemove(): void;
}

function Lines({ group, fields, choicesOf, isOuter = false, onChange, onRemove }: LinesProps) {
  const add = (item: ConditionGroup['items'][number]) => onChange({ ...group, items: [...group.items, item] });
  return (
    <Stack gap={6} className={isOuter ? undefined : styles.group}>
      {group.items.length > 1 || !isOuter ? (
        <SegmentedControl
          size="xs"
          aria-label={texts.join}
          data={Object.entries(texts.joins).map(([value, label]) => ({ value, label }))}
          value={group.join}
          onChange={(join) => onChange({ ...group, join: join as ConditionGroup['join'] })}
          style={{ alignSelf: 'flex-start' }}
        />
      ) : null}
      {group.items.map((item) => {
        const remove = () => onChange(without(group, item.key));
        if (item.kind === 'group') {
          return (
            <Lines
              key={item.key}
              group={item}
              fields={fields}
              choicesOf={choicesOf}
              onChange={(next) => onChange(replaced(group, next))}
              onRemove={remove}
            />
          );
        }
        if (item.kind === 'written') {
          return (
            <Text key={item.key} size="xs" c="dimmed">
              {texts.writtenByHand} <code>{JSON.stringify(item.tree)}</code>
            </Text>
          );
        }
        return (
          <ConditionRow
            key={item.key}
            condition={item}
            fields={fields}
            choicesOf={choicesOf}
            onChange={(next) => onChange(replaced(group, next))}
            onRemove={remove}
          />
        );
      })}
      <Group gap="xs">
        <Button size="compact-xs" variant="subtle" leftSection={<IconPlus size={13} />} onClick={() => add(blank())}>
          {texts.addCondition}
        </Button>
        {isOuter ? (
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<IconPlus size={13} />}
            onClick={() => add({ kind: 'group', key: newKey(), join: 'or', items: [blank()] })}
          >
            {texts.addGroup}
          </Button>
        ) : null}
        <Button size="compact-xs" variant="subtle" color="gray" onClick={onRemove}>
          {isOuter ? texts.clearFilter : texts.removeGroup}
        </Button>
      </Group>
    </Stack>
  );
}
