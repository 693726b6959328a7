import { Alert, Button, Code, Skeleton, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import encodeQR from 'qr';
import { useState } from 'react';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { texts } from './texts.ts';

/** A sign-in that goes on: with the code of an authenticator app, or by setting one up, where the role requires it. */
export interface Step {
  step: 'second_factor' | 'second_factor_setup';
  token: string;
}

interface SecondStepProps {
  step: Step;
  onDone(): void;
}

/** The second step of a sign-in. New recovery codes are shown before it goes on. */
export function SecondStep({ step, onDone }: SecondStepProps) {
  const [codes, setCodes] = useState<string[] | null>(null);
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { code: '' },
    send: ({ code }) =>
      call<{ recoveryCodes: string[] }>('POST', '/session/second-factor', { body: { token: step.token, code } }),
    done: ({ recoveryCodes }) => (recoveryCodes.length === 0 ? onDone() : setCodes(recoveryCodes)),
  });
  if (codes !== null) return <RecoveryCodes codes={codes} onDone={onDone} />;
  return (
    <Form onSubmit={onSubmit}>
      {step.step === 'second_factor_setup' ? <SetUp token={step.token} /> : <Text size="sm">{texts.codeText}</Text>}
      <TextInput
        label={texts.code}
        required
        autoFocus
        autoComplete="one-time-code"
        inputMode="numeric"
        {...form.getInputProps('code')}
      />
      <FormError error={error} known={['code']} />
      <Button type="submit" loading={pending}>
        {texts.goOn}
      </Button>
    </Form>
  );
}

function SetUp({ token }: { token: string }) {
  const { data, error } = useQuery({
    queryKey: ['second-factor-setup', token],
    queryFn: () => call<{ secret: string; uri: string }>('POST', '/session/second-factor/setup', { body: { token } }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (error !== null) return <FormError error={error} />;
  if (data === undefined) return <Skeleton h={200} />;
  return (
    <>
      <Text size="sm">{texts.setUpText}</Text>
      <FactorSecret factor={data} />
    </>
  );
}

/** What an authenticator app needs to know, to be read or typed. */
export function FactorSecret({ factor }: { factor: { secret: string; uri: string } }) {
  return (
    <>
      <img
        alt={texts.qrCode}
        width={180}
        height={180}
        src={`data:image/svg+xml,${encodeURIComponent(encodeQR(factor.uri, 'svg'))}`}
      />
      <Text size="xs">
        {texts.orType} <Code>{factor.secret}</Code>
      </Text>
    </>
  );
}

/** Recovery codes, shown this once. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone(): void }) {
  return (
    <>
      <Alert color="yellow">{texts.recoveryText}</Alert>
      <Code block aria-label={texts.recoveryCodes}>
        {codes.join('\n')}
      </Code>
      <Button onClick={onDone}>{texts.keptThem}</Button>
    </>
  );
}
