import { ActionIcon, Button } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Noun } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { dayOf } from '../times.ts';
import { type ChoicesOf, useChoices } from './choices.ts';
import { type Group, groupOf, type Item, type Tree, treeOf, without } from './conditions.ts';
import styles from './lists.module.css';
import { type FilterField, filterFields, type Listed, labelOf, objectsQuery } from './objects.ts';
import { operatorLabel, takesNone } from './operators.ts';
import { useRecordNames } from './record-name.ts';
import { texts } from './texts.ts';

interface ChipsProps {
  object: Listed;
  tree: Tree | undefined;
  onChange(tree: Tree | undefined): void;
  onOpen(): void;
}

/** The filter in words, a chip per part; each can be taken away, or opened in the builder. */
export function Chips({ object, tree, onChange, onOpen }: ChipsProps) {
  const { data: objects } = useQuery(objectsQuery);
  const choicesOf = useChoices();
  if (tree === undefined || objects === undefined) return null;
  return (
    <Words
      object={object}
      tree={tree}
      fields={filterFields(objects.data, object)}
      choicesOf={choicesOf}
      onChange={onChange}
      onOpen={onOpen}
    />
  );
}

function Words({
  tree,
  fields,
  choicesOf,
  onChange,
  onOpen,
}: ChipsProps & { tree: Tree; fields: FilterField[]; choicesOf: ChoicesOf }) {
  const [whole, setWhole] = useState(() => groupOf(tree));
  const [seen, setSeen] = useState(tree);
  if (tree !== seen) {
    setSeen(tree);
    setWhole(groupOf(tree));
  }
  const names = useRecordNames(referredIn(whole, fields));
  const parts: Item[] = whole.join === 'or' ? [whole] : whole.items;
  return (
    <div className={styles.chips}>
      {parts.map((part) => (
        <Chip
          key={part.key}
          words={wordsOf(part, { fields, choicesOf, names })}
          onOpen={onOpen}
          onRemove={() => onChange(part === whole ? undefined : treeOf(without(whole, part.key)))}
        />
      ))}
    </div>
  );
}

interface ChipProps {
  words: string;
  onOpen(): void;
  onRemove(): void;
}

function Chip({ words, onOpen, onRemove }: ChipProps) {
  return (
    <span className={styles.chip}>
      <Button
        variant="transparent"
        color="gray"
        c="inherit"
        size="compact-xs"
        fw={400}
        p={0}
        onClick={onOpen}
        className={styles.chipText}
      >
        {words}
      </Button>
      <ActionIcon size={22} radius="xl" aria-label={texts.removeNamed(words)} onClick={onRemove}>
        <IconX size={13} />
      </ActionIcon>
    </span>
  );
}

/** The records that a filter names by their ids, which say nothing to people. */
function referredIn(item: Item, fields: readonly FilterField[]): { noun: Noun; id: string }[] {
  if (item.kind === 'group') return item.items.flatMap((inner) => referredIn(inner, fields));
  if (item.kind === 'written' || takesNone(item.operator)) return [];
  const noun = fields.find(({ path }) => path === item.field)?.target;
  if (noun !== 'contact' && noun !== 'company' && noun !== 'deal') return [];
  return [item.value].flat().map((id) => ({ noun, id: String(id) }));
}

interface Wording {
  fields: readonly FilterField[];
  choicesOf: ChoicesOf;
  names: ReadonlyMap<string, string>;
}

/** A part of a filter in words: `Amount is at least 1000`. */
function wordsOf(item: Item, wording: Wording): string {
  if (item.kind === 'written') return JSON.stringify(item.tree);
  if (item.kind === 'group') return joinedWords(item, wording);
  const field = wording.fields.find(({ path }) => path === item.field);
  if (field === undefined) return `${item.field} ${texts.operators[item.operator] ?? item.operator} ${String(item.value ?? '')}`;
  const name = labelOf(field.of, field);
  const label = field.through === null ? name : `${texts.objects[field.through] ?? field.through}: ${name}`;
  const start = `${label} ${operatorLabel(field, item.operator)}`;
  if (takesNone(item.operator)) return start;
  const choices = wording.choicesOf(field.of, field);
  const values = (Array.isArray(item.value) ? item.value : [item.value]).map((value) =>
    valueWord(field, value, { choices, names: wording.names }),
  );
  return `${start} ${values.join(', ')}`;
}

const joinedWords = ({ items, join }: Group, wording: Wording): string =>
  items
    .map((inner) => (inner.kind === 'group' ? `(${wordsOf(inner, wording)})` : wordsOf(inner, wording)))
    .join(` ${texts.joinWords[join]} `);

interface Known {
  choices: ReturnType<ChoicesOf>;
  names: ReadonlyMap<string, string>;
}

function valueWord({ type, target }: FilterField, value: unknown, { choices, names }: Known): string {
  if (target !== null) return names.get(String(value)) ?? texts.unknownName;
  if (type === 'boolean') return value === true || value === 'true' ? shared.yes : shared.no;
  if ((type === 'day' || type === 'instant') && /^\d{4}-\d\d-\d\d/.test(String(value))) return dayOf(String(value));
  return choices?.find((choice) => choice.value === value)?.label ?? String(value);
}
