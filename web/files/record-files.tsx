import { ActionIcon, Anchor, Button, FileButton, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPaperclip, IconX } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, messageOf } from '../api.ts';
import { useRights } from '../identity/allowed.ts';
import { listQuery } from '../queries.ts';
import { collection, type Noun, type StoredFile } from '../records.ts';
import { LoadMore } from '../shell/list-panel.tsx';
import { dayOf } from '../times.ts';
import { texts } from './texts.ts';

interface RecordFilesProps {
  noun: Noun;
  id: string;
}

/** The files on a record: fetched by whoever sees it; attached and deleted by whoever may edit it. */
export function RecordFiles({ noun, id }: RecordFilesProps) {
  const { edit } = useRights(noun, id);
  const path = `/${collection[noun]}/${id}/files`;
  const queryKey = ['files', id];
  const query = useInfiniteQuery({ ...listQuery<StoredFile>(path.slice(1), { limit: 20 }), queryKey });
  const files = query.data?.pages.flatMap((page) => page.data);
  const [doomed, setDoomed] = useState<StoredFile | null>(null);
  return (
    <Stack gap={4} mt="md" px={8} component="section" aria-label={texts.title}>
      <Title order={2} fz="sm">
        {texts.title}
      </Title>
      {files?.length === 0 ? <Text c="dimmed">{texts.none}</Text> : null}
      {files?.map((file) => (
        <Group key={file.id} gap={6} wrap="nowrap" justify="space-between">
          <div style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
            <Anchor href={`/api/v1/files/${file.id}`} download size="sm">
              {file.name}
            </Anchor>
            <Text size="xs" c="dimmed">
              {texts.size(Number(file.size))} · {dayOf(file.createdAt)}
            </Text>
          </div>
          {edit ? (
            <ActionIcon size="sm" aria-label={texts.remove(file.name)} onClick={() => setDoomed(file)}>
              <IconX size={14} />
            </ActionIcon>
          ) : null}
        </Group>
      ))}
      <LoadMore query={query} />
      {edit ? <Attach path={path} queryKey={queryKey} /> : null}
      <Modal opened={doomed !== null} onClose={() => setDoomed(null)} title={texts.removeTitle}>
        {doomed === null ? null : <Removal file={doomed} queryKey={queryKey} onDone={() => setDoomed(null)} />}
      </Modal>
    </Stack>
  );
}

/** Sends the chosen files one after the other; what is refused is said by its name, and the others go on. */
function Attach({ path, queryKey }: { path: string; queryKey: string[] }) {
  const client = useQueryClient();
  const attach = useMutation({
    mutationFn: async (files: readonly File[]) => {
      for (const file of files) {
        try {
          await call<StoredFile>('POST', path, { body: file, query: { name: file.name } });
          notifications.show({ message: texts.attached(file.name) });
        } catch (error) {
          notifications.show({ color: 'red', title: texts.notAttached(file.name), message: messageOf(error) });
        }
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  return (
    <FileButton multiple onChange={(files) => attach.mutate(files)}>
      {(props) => (
        <Button
          {...props}
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPaperclip size={14} />}
          loading={attach.isPending}
          style={{ alignSelf: 'flex-start' }}
          ml={-8}
        >
          {texts.attach}
        </Button>
      )}
    </FileButton>
  );
}

function Removal({ file, queryKey, onDone }: { file: StoredFile; queryKey: string[]; onDone(): void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => call<void>('DELETE', `/files/${file.id}`),
    onSuccess: onDone,
    onError: (error) => notifications.show({ color: 'red', message: messageOf(error) }),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  return (
    <>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {texts.removeText(file.name)}
      </Text>
      <Button color="red.9" mt="md" fullWidth data-autofocus loading={remove.isPending} onClick={() => remove.mutate()}>
        {texts.confirm}
      </Button>
    </>
  );
}
