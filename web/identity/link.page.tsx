import { Alert, Button, PasswordInput, Skeleton, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { call, messageOf } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { DoorCard } from './door-card.tsx';
import { SecondStep, type Step } from './second-step.tsx';
import { texts } from './texts.ts';

interface LinkFacts {
  purpose: 'invitation' | 'reset';
  name: string;
  email: string;
}

/** Where the link of an invitation or of a forgotten password leads: sets the password, and signs in. The token never leaves the address' fragment. */
export function LinkPage() {
  const [token] = useState(() => window.location.hash.slice(1));
  const { data, error } = useQuery({
    queryKey: ['link', token],
    queryFn: () => call<LinkFacts>('POST', '/links/read', { body: { token } }),
    retry: false,
  });
  const title = data?.purpose === 'invitation' ? texts.invitationTitle(data.name) : texts.resetTitle;
  return (
    <DoorCard title={data === undefined ? texts.linkTitle : title}>
      {data === undefined && error === null ? <Skeleton h={140} /> : null}
      {error === null ? null : (
        <>
          <Alert color="yellow" role="alert">
            {messageOf(error)}
          </Alert>
          <Text size="sm">{texts.askForLink}</Text>
        </>
      )}
      {data === undefined ? null : <NewPassword token={token} email={data.email} />}
    </DoorCard>
  );
}

function NewPassword({ token, email }: { token: string; email: string }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [step, setStep] = useState<Step | null>(null);
  const enter = () => {
    client.clear();
    void navigate({ to: '/' });
  };
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { password: '' },
    send: ({ password }) => call<Step | undefined>('POST', '/links/follow', { body: { token, password } }),
    done: (answer) => (answer === undefined ? enter() : setStep(answer)),
  });
  if (step !== null) return <SecondStep step={step} onDone={enter} />;
  return (
    <Form onSubmit={onSubmit}>
      <Text size="sm">{email}</Text>
      <input type="hidden" autoComplete="username" value={email} readOnly />
      <PasswordInput
        label={texts.newPassword}
        description={texts.passwordHint}
        required
        autoFocus
        autoComplete="new-password"
        {...form.getInputProps('password')}
      />
      <FormError error={error} known={['password']} />
      <Button type="submit" loading={pending}>
        {texts.setPassword}
      </Button>
    </Form>
  );
}
