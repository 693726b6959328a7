import { Button, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { OwnSecondFactor } from './own-second-factor.tsx';
import { OwnSessions } from './own-sessions.tsx';
import { texts } from './sign-in.texts.ts';
import { texts as doors } from './texts.ts';

/** One's own sessions, second factor and password. */
export function OwnSignInPage() {
  return (
    <Page title={shared.ownSignIn}>
      <OwnSessions />
      <Section title={texts.secondFactor}>
        <OwnSecondFactor />
      </Section>
      <Section title={texts.password} text={texts.passwordText}>
        <OwnPassword />
      </Section>
    </Page>
  );
}

function Section({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={2} fz="md" mt="lg" mb={text === undefined ? 'xs' : 0}>
        {title}
      </Title>
      {text === undefined ? null : (
        <Text size="sm" c="dimmed" mb="xs">
          {text}
        </Text>
      )}
      <Stack className="panel" p="md" align="flex-start">
        {children}
      </Stack>
    </section>
  );
}

function OwnPassword() {
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { current: '', password: '' },
    send: (body) => call<void>('POST', '/me/password', { body }),
    done: () => {
      form.reset();
      notifications.show({ message: texts.passwordChanged });
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <PasswordInput
        w={300}
        label={texts.currentPassword}
        required
        autoComplete="current-password"
        {...form.getInputProps('current')}
      />
      <PasswordInput
        w={300}
        label={texts.newPassword}
        description={doors.passwordHint}
        required
        autoComplete="new-password"
        {...form.getInputProps('password')}
      />
      <FormError error={error} known={['current', 'password']} />
      <Button type="submit" variant="default" loading={pending}>
        {texts.changePassword}
      </Button>
    </Form>
  );
}
