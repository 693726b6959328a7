import { Button, Group, Modal, PasswordInput, Skeleton, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { FactorSecret, RecoveryCodes } from './second-step.tsx';
import { texts } from './sign-in.texts.ts';
import { texts as doors } from './texts.ts';

interface Factor {
  enabled: boolean;
  recoveryCodesLeft: number;
  required: boolean;
}
interface NewFactor {
  secret: string;
  uri: string;
}
type Deed = 'setUp' | 'newCodes' | 'remove';

const paths: Record<Deed, string> = {
  setUp: '/me/second-factor',
  newCodes: '/me/second-factor/recovery-codes',
  remove: '/me/second-factor/remove',
};

/** One's own second factor: set up, recovery codes made anew, removed. Each asks for the password first. */
export function OwnSecondFactor() {
  const { data, error } = useQuery({
    queryKey: ['second-factor'],
    queryFn: ({ signal }) => call<Factor>('GET', '/me/second-factor', { signal }),
  });
  const [deed, setDeed] = useState<Deed | null>(null);
  if (data === undefined) return error === null ? <Skeleton h={60} /> : <FormError error={error} />;
  return (
    <>
      <Text size="sm">
        {data.enabled ? texts.secondFactorOn(data.recoveryCodesLeft) : texts.secondFactorOff}{' '}
        {data.required ? texts.secondFactorRequired : null}
      </Text>
      <Group>
        {data.enabled ? (
          <>
            <Button size="xs" variant="default" onClick={() => setDeed('newCodes')}>
              {texts.newCodes}
            </Button>
            {data.required ? null : (
              <Button size="xs" variant="light" color="red" onClick={() => setDeed('remove')}>
                {texts.remove}
              </Button>
            )}
          </>
        ) : (
          <Button size="xs" onClick={() => setDeed('setUp')}>
            {texts.setUp}
          </Button>
        )}
      </Group>
      <Modal opened={deed !== null} onClose={() => setDeed(null)} title={texts.secondFactor} closeOnClickOutside={false}>
        {deed === null ? null : <Steps deed={deed} onDone={() => setDeed(null)} />}
      </Modal>
    </>
  );
}

/** Password, then what the deed shows, then recovery codes. */
function Steps({ deed, onDone }: { deed: Deed; onDone(): void }) {
  const client = useQueryClient();
  const [factor, setFactor] = useState<NewFactor | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const changed = () => void client.invalidateQueries({ queryKey: ['second-factor'] });
  const prove = useApiForm({
    initial: { password: '' },
    send: (body) => call<(Partial<NewFactor> & { recoveryCodes?: string[] }) | undefined>('POST', paths[deed], { body }),
    done: (answer) => {
      changed();
      if (answer?.recoveryCodes !== undefined) setCodes(answer.recoveryCodes);
      else if (answer?.secret !== undefined && answer.uri !== undefined) setFactor({ secret: answer.secret, uri: answer.uri });
      else onDone();
    },
  });
  const confirm = useApiForm({
    initial: { code: '' },
    send: (body) => call<{ recoveryCodes: string[] }>('POST', '/me/second-factor/confirm', { body }),
    done: ({ recoveryCodes }) => {
      changed();
      setCodes(recoveryCodes);
    },
  });
  if (codes !== null) return <RecoveryCodes codes={codes} onDone={onDone} />;
  if (factor !== null)
    return (
      <Form onSubmit={confirm.onSubmit}>
        <Text size="sm">{texts.readCode}</Text>
        <FactorSecret factor={factor} />
        <TextInput
          label={doors.code}
          required
          data-autofocus
          autoComplete="one-time-code"
          inputMode="numeric"
          {...confirm.form.getInputProps('code')}
        />
        <FormError error={confirm.error} known={['code']} />
        <Button type="submit" loading={confirm.pending}>
          {texts.turnOn}
        </Button>
      </Form>
    );
  return (
    <Form onSubmit={prove.onSubmit}>
      <Text size="sm">{texts.prove}</Text>
      <PasswordInput
        label={doors.password}
        required
        data-autofocus
        autoComplete="current-password"
        {...prove.form.getInputProps('password')}
      />
      <FormError error={prove.error} known={['password']} />
      <Button type="submit" loading={prove.pending}>
        {texts.goOn}
      </Button>
    </Form>
  );
}
