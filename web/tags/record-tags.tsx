import { Group, TagsInput, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, messageOf } from '../api.ts';
import { useRights } from '../identity/allowed.ts';
import styles from '../records/field.module.css';
import { collection, type Noun } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { Spot } from './tag-badge.tsx';
import { type Tag, tagsQuery } from './tags.ts';
import { texts } from './texts.ts';

interface Tagged {
  id: string;
  tagIds: readonly string[];
}

interface RecordTagsProps {
  noun: Noun;
  record: Tagged;
}

/** The tags of a record: put on by name, a new name makes a new tag; taken off by its cross. */
export function RecordTags({ noun, record }: RecordTagsProps) {
  const client = useQueryClient();
  const { edit } = useRights(noun, record.id);
  const { data } = useQuery(tagsQuery);
  const tags = data?.data ?? [];
  const names = namesOf(record, tags);
  const change = useMutation({
    // One change after the other, each on what the one before has left.
    scope: { id: `tags ${record.id}` },
    mutationFn: async (wanted: string[]) => {
      const path = `/${collection[noun]}/${record.id}/tags`;
      const known = client.getQueryData(tagsQuery.queryKey)?.data ?? [];
      const worn = namesOf(client.getQueryData<Tagged>([noun, record.id]) ?? record, known);
      for (const name of wanted.filter((one) => !has(worn, one))) await call<void>('PUT', `${path}/${await idOf(known, name)}`);
      for (const name of worn.filter((one) => !has(wanted, one)))
        await call<void>('DELETE', `${path}/${await idOf(known, name)}`);
    },
    onError: (error) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(error) }),
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: ['tags'] });
      await client.invalidateQueries({ queryKey: [noun, record.id] });
    },
  });
  const spotOf = (name: string) => <Spot color={tags.find((tag) => tag.name === name)?.color ?? null} />;
  return (
    <div className={styles.field}>
      <Text size="xs" c="dimmed" className={styles.label}>
        {texts.tags}
      </Text>
      {edit ? (
        <TagsInput
          size="xs"
          aria-label={texts.tags}
          placeholder={names.length === 0 ? texts.add : ''}
          data={tags.map(({ name }) => name)}
          value={change.isPending ? change.variables : names}
          onChange={(next) => change.mutate(next.map((name) => name.trim()).filter(Boolean))}
          maxTags={100}
          disabled={data === undefined}
          renderOption={({ option }) => (
            <Group gap={6}>
              {spotOf(option.value)}
              <span>{option.value}</span>
            </Group>
          )}
        />
      ) : (
        <Group gap={4} className={styles.plain}>
          {names.length === 0
            ? shared.empty
            : names.map((name) => (
                <Group gap={6} key={name}>
                  {spotOf(name)}
                  {name}
                </Group>
              ))}
        </Group>
      )}
    </div>
  );
}

const namesOf = ({ tagIds }: Tagged, tags: readonly Tag[]): string[] =>
  tagIds.flatMap((id) => tags.find((tag) => tag.id === id)?.name ?? []);
const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
const has = (names: readonly string[], name: string): boolean => names.some((one) => same(one, name));

/** The id of a tag by its name; one that is not there yet is made. */
async function idOf(tags: readonly Tag[], name: string): Promise<string> {
  return tags.find((tag) => same(tag.name, name))?.id ?? (await call<Tag>('POST', '/tags', { body: { name } })).id;
}
