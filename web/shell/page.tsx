import { Box, Group, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { texts } from '../texts.ts';

interface PageProps {
  title: string;
  /** Buttons and inputs at the right of the title. */
  tools?: ReactNode;
  /** Fills the window; the content scrolls by itself. */
  fill?: boolean;
  children: ReactNode;
}

/** A page's head and body. */
export function Page({ title, tools, fill = false, children }: PageProps) {
  useDocumentTitle(`${title} · ${texts.product}`);
  return (
    <Box
      p={{ base: 'sm', sm: 'md' }}
      {...(fill ? { h: '100%', style: { display: 'flex', flexDirection: 'column' as const } } : { maw: 1240 })}
    >
      <Group justify="space-between" mb="sm" gap="xs">
        <Title order={1}>{title}</Title>
        {tools === undefined ? null : <Group gap="xs">{tools}</Group>}
      </Group>
      {children}
    </Box>
  );
}
