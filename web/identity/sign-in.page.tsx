import { Alert, Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { Banners } from '../shell/banners.tsx';
import { DoorCard } from './door-card.tsx';
import { ProviderButtons } from './provider-buttons.tsx';
import { SecondStep, type Step } from './second-step.tsx';
import { texts } from './texts.ts';

interface Ways {
  password: boolean;
  reset: boolean;
  providers: { key: string; name: string }[];
}

/** Sign-in by a provider, or by address and password; leads back to the page that asked for it. */
export function SignInPage() {
  const { back } = useSearch({ from: '/sign-in' });
  const router = useRouter();
  const client = useQueryClient();
  const setup = useQuery({ queryKey: ['setup'], queryFn: () => call<{ needed: boolean }>('GET', '/setup') });
  const ways = useQuery({ queryKey: ['ways-in'], queryFn: () => call<Ways>('GET', '/sign-in') });
  const [step, setStep] = useState<Step | null>(null);
  const enter = () => {
    client.clear();
    router.history.push(back ?? '/');
  };
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { email: '', password: '' },
    send: (values) => call<Step | undefined>('POST', '/session', { body: values }),
    done: (answer) => (answer === undefined ? enter() : setStep(answer)),
  });
  const reset = useMutation({
    mutationFn: () => call<void>('POST', '/password-resets', { body: { email: form.values.email } }),
  });
  if (step !== null) {
    return (
      <DoorCard title={texts.signInTitle}>
        <SecondStep step={step} onDone={enter} />
      </DoorCard>
    );
  }
  return (
    <>
      <Banners />
      <DoorCard title={texts.signInTitle}>
        {setup.data?.needed ? <Alert color="yellow">{texts.setupNeeded}</Alert> : null}
        <ProviderButtons providers={ways.data?.providers ?? []} beside={ways.data?.password ?? true} back={back} />
        {ways.data?.password === false ? null : (
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
            {ways.data?.reset ? (
              <Button
                variant="subtle"
                color="gray"
                size="compact-sm"
                onClick={() => reset.mutate()}
                disabled={form.values.email === ''}
              >
                {texts.forgotten}
              </Button>
            ) : null}
            {reset.isSuccess ? <Alert color="blue">{texts.resetAsked}</Alert> : null}
            <FormError error={reset.error} />
          </Form>
        )}
      </DoorCard>
    </>
  );
}
