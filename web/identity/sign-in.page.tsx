import { Alert, Button, PasswordInput, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { Banners } from '../shell/banners.tsx';
import { DoorCard } from './door-card.tsx';
import { texts } from './texts.ts';

/** Sign-in by address and password; leads back to the page that asked for it. */
export function SignInPage() {
  const { back } = useSearch({ from: '/sign-in' });
  const router = useRouter();
  const client = useQueryClient();
  const setup = useQuery({ queryKey: ['setup'], queryFn: () => call<{ needed: boolean }>('GET', '/setup') });
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { email: '', password: '' },
    send: (values) => call<void>('POST', '/session', { body: values }),
    done: () => {
      client.clear();
      router.history.push(back ?? '/');
    },
  });
  return (
    <>
      <Banners />
      <DoorCard title={texts.signInTitle}>
        {setup.data?.needed ? <Alert color="yellow">{texts.setupNeeded}</Alert> : null}
        <Form onSubmit={onSubmit}>
          <TextInput
            label={texts.email}
            type="email"
            required
            autoFocus
            autoComplete="username"
            {...form.getInputProps('email')}
          />
          <PasswordInput label={texts.password} required autoComplete="current-password" {...form.getInputProps('password')} />
          <FormError error={error} known={['email', 'password']} />
          <Button type="submit" loading={pending}>
            {texts.signIn}
          </Button>
        </Form>
      </DoorCard>
    </>
  );
}
