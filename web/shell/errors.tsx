import { Button, Center, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { messageOf, Problem } from '../api.ts';
import { texts } from '../texts.ts';
import { Page } from './page.tsx';

/** Shown for an address that leads nowhere, and for a record that is gone. */
export function NotFound() {
  return (
    <Center mih="60vh" p="md">
      <Stack align="center" gap="xs">
        <Title order={1}>{texts.notFoundTitle}</Title>
        <Text c="dimmed" ta="center">
          {texts.notFoundText}
        </Text>
        <Button component={Link} to="/tasks" variant="light" mt="sm">
          {texts.home}
        </Button>
      </Stack>
    </Center>
  );
}

/** Shown instead of a page that the viewer's role does not open. */
export function Denied({ title }: { title: string }) {
  return (
    <Page title={title}>
      <Text c="dimmed">{texts.deniedText}</Text>
    </Page>
  );
}

/** Shown instead of a page that failed, with the reason and a way on. */
export function Crash({ error, reset }: { error: unknown; reset?: () => void }) {
  const client = useQueryClient();
  const router = useRouter();
  if (error instanceof Problem && error.status === 404) return <NotFound />;
  const again = () => {
    void client.resetQueries({ predicate: (query) => query.state.status === 'error' });
    reset?.();
    void router.invalidate();
  };
  return (
    <Center mih="60vh" p="md">
      <Stack align="center" gap="xs">
        <Title order={1}>{texts.crashTitle}</Title>
        <Text c="dimmed" ta="center">
          {messageOf(error)}
        </Text>
        <Button variant="light" mt="sm" onClick={again}>
          {texts.tryAgain}
        </Button>
      </Stack>
    </Center>
  );
}
