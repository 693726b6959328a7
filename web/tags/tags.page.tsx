import { ActionIcon, Button, ColorInput, Menu, Modal, Select, Table, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDots, IconTags } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { ListPanel, NewButton } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { Spot } from './tag-badge.tsx';
import { type Tag, tagsQuery } from './tags.ts';
import { texts } from './texts.ts';

/** What is being done with which tag; a new one has none. */
type Doing = { deed: 'edit'; tag: Tag | null } | { deed: 'merge' | 'delete'; tag: Tag };

/** All tags: make, rename, recolour, merge, delete. */
export function TagsPage() {
  const { data, error } = useQuery(tagsQuery);
  const [doing, setDoing] = useState<Doing | null>(null);
  const tools = <NewButton label={texts.newTag} onClick={() => setDoing({ deed: 'edit', tag: null })} />;
  return (
    <Page title={texts.tags} tools={tools}>
      <Text c="dimmed" size="sm" mb="sm">
        {texts.text}
      </Text>
      <ListPanel items={data?.data} error={error} icon={IconTags} emptyTitle={texts.emptyTitle} empty={texts.empty}>
        {(tags) => <TagTable tags={tags} onDo={setDoing} />}
      </ListPanel>
      <Modal opened={doing !== null} onClose={() => setDoing(null)} title={doing === null ? '' : titleOf(doing)}>
        {doing?.deed === 'edit' ? <TagForm tag={doing.tag} onDone={() => setDoing(null)} /> : null}
        {doing?.deed === 'merge' ? <MergeForm tag={doing.tag} tags={data?.data ?? []} onDone={() => setDoing(null)} /> : null}
        {doing?.deed === 'delete' ? <DeleteForm tag={doing.tag} onDone={() => setDoing(null)} /> : null}
      </Modal>
    </Page>
  );
}

function titleOf(doing: Doing): string {
  if (doing.deed === 'merge') return texts.mergeTitle(doing.tag.name);
  if (doing.deed === 'delete') return texts.deleteTitle(doing.tag.name);
  return doing.tag === null ? texts.newTag : texts.rename(doing.tag.name);
}

function TagTable({ tags, onDo }: { tags: readonly Tag[]; onDo(doing: Doing): void }) {
  return (
    <Table verticalSpacing={6} horizontalSpacing="md">
      <Table.Tbody>
        {tags.map((tag) => (
          <Table.Tr key={tag.id}>
            <Table.Td>
              <Link
                to="/contacts"
                search={{ filter: { tagIds: { in: [tag.id] } } }}
                className="plain-link"
                title={texts.records(tag.name)}
              >
                <Spot color={tag.color} /> {tag.name}
              </Link>
            </Table.Td>
            <Table.Td ta="right">
              <Menu position="bottom-end">
                <Menu.Target>
                  <ActionIcon aria-label={texts.actions(tag.name)}>
                    <IconDots size={16} />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item onClick={() => onDo({ deed: 'edit', tag })}>{texts.edit}</Menu.Item>
                  <Menu.Item disabled={tags.length < 2} onClick={() => onDo({ deed: 'merge', tag })}>
                    {texts.merge}
                  </Menu.Item>
                  <Menu.Item onClick={() => onDo({ deed: 'delete', tag })}>{texts.delete}</Menu.Item>
                </Menu.Dropdown>
              </Menu>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** Reads tags anew, and the records that show them. */
function useReread(): () => void {
  const client = useQueryClient();
  return () => {
    for (const name of ['tags', 'contacts', 'contact', 'companies', 'company', 'deals', 'deal'])
      void client.invalidateQueries({ queryKey: [name] });
  };
}

const swatches = [
  '#c92a2a',
  '#a61e4d',
  '#862e9c',
  '#5f3dc4',
  '#364fc7',
  '#1864ab',
  '#0b7285',
  '#087f5b',
  '#2b8a3e',
  '#5c940d',
  '#e67700',
  '#495057',
];

function TagForm({ tag, onDone }: { tag: Tag | null; onDone(): void }) {
  const reread = useReread();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { name: tag?.name ?? '', color: tag?.color ?? '' },
    send: ({ name, color }) => {
      const body = { name, color: color === '' ? null : color };
      return tag === null
        ? call<Tag>('POST', '/tags', { body })
        : call<Tag>('PATCH', `/tags/${tag.id}`, { body, version: tag.version });
    },
    done: () => {
      reread();
      onDone();
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <TextInput label={texts.name} required maxLength={100} data-autofocus {...form.getInputProps('name')} />
      <ColorInput
        label={texts.color}
        placeholder={texts.noColor}
        swatches={swatches}
        withPicker={false}
        popoverProps={{ position: 'top-start' }}
        {...form.getInputProps('color')}
      />
      <FormError error={error} known={['name', 'color']} />
      <Button type="submit" loading={pending}>
        {shared.save}
      </Button>
    </Form>
  );
}

function MergeForm({ tag, tags, onDone }: { tag: Tag; tags: readonly Tag[]; onDone(): void }) {
  const reread = useReread();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { into: null as string | null },
    send: (values) => call<Tag>('POST', `/tags/${tag.id}/merge`, { body: values, version: tag.version }),
    done: (into) => {
      reread();
      notifications.show({ message: texts.merged(tag.name, into.name) });
      onDone();
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <Text size="sm">{texts.mergeText}</Text>
      <Select
        label={texts.into}
        required
        searchable
        data={tags.filter(({ id }) => id !== tag.id).map(({ id, name }) => ({ value: id, label: name }))}
        {...form.getInputProps('into')}
      />
      <FormError error={error} known={['into']} />
      <Button type="submit" loading={pending}>
        {texts.mergeNow}
      </Button>
    </Form>
  );
}

function DeleteForm({ tag, onDone }: { tag: Tag; onDone(): void }) {
  const reread = useReread();
  const { onSubmit, pending, error } = useApiForm({
    initial: {},
    send: () => call<void>('DELETE', `/tags/${tag.id}`, { version: tag.version }),
    done: () => {
      reread();
      notifications.show({ message: texts.deleted(tag.name) });
      onDone();
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <Text size="sm">{texts.deleteText}</Text>
      <FormError error={error} />
      <Button type="submit" color="red.9" loading={pending}>
        {texts.delete}
      </Button>
    </Form>
  );
}
