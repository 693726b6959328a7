import { Center, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';

/** The card in front of the shell: first admin, sign in. */
export function DoorCard({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  useDocumentTitle(title);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack className="panel" w="100%" maw={400} p="xl" gap="sm">
        <img src="/mark.svg" alt="" width={36} height={36} />
        <Title order={1}>{title}</Title>
        {text === undefined ? null : <Text c="dimmed">{text}</Text>}
        {children}
      </Stack>
    </Center>
  );
}
