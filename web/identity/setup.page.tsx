import { Alert, Button, PasswordInput, Skeleton, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { DoorCard } from './door-card.tsx';
import { texts } from './texts.ts';

/** Makes the first admin with the one-time link. */
export function SetupPage() {
  const { token } = useSearch({ from: '/setup' });
  const { data, error } = useQuery({ queryKey: ['setup'], queryFn: () => call<{ needed: boolean }>('GET', '/setup') });
  return (
    <DoorCard title={texts.setupTitle} text={texts.setupText}>
      <FormError error={error} />
      {data === undefined && error === null ? <Skeleton h={220} /> : null}
      {data?.needed === false ? (
        <>
          <Alert color="blue">{texts.setupDone}</Alert>
          <Button component={Link} to="/sign-in">
            {texts.signIn}
          </Button>
        </>
      ) : null}
      {data?.needed && token === undefined ? <Alert color="yellow">{texts.setupNeedsLink}</Alert> : null}
      {data?.needed && token !== undefined ? <AdminForm token={token} /> : null}
    </DoorCard>
  );
}

function AdminForm({ token }: { token: string }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { name: '', email: '', password: '' },
    send: (values) =>
      call('POST', '/setup', { body: { ...values, token, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone } }),
    done: () => {
      client.clear();
      void navigate({ to: '/contacts' });
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <TextInput label={texts.name} required autoComplete="name" data-autofocus {...form.getInputProps('name')} />
      <TextInput label={texts.email} type="email" required autoComplete="username" {...form.getInputProps('email')} />
      <PasswordInput
        label={texts.password}
        description={texts.passwordHint}
        required
        autoComplete="new-password"
        {...form.getInputProps('password')}
      />
      <FormError error={error} known={['name', 'email', 'password']} />
      <Button type="submit" loading={pending}>
        {texts.makeAdmin}
      </Button>
    </Form>
  );
}
