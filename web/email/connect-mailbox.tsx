import { Alert, Button, Fieldset, Group, NumberInput, PasswordInput, Select, SimpleGrid, TextInput } from '@mantine/core';
import { DateInput } from '@mantine/dates';
import type { UseFormReturnType } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call, Problem } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import type { Mailbox, MailboxTest } from '../records.ts';
import { texts } from './texts.ts';

type Part = 'imap' | 'smtp';

interface Server {
  host: string;
  port: number | string;
  security: string;
}

interface Values {
  address: string;
  password: string;
  username: string;
  imap: Server;
  smtp: Server;
  createContacts: string;
  visibility: string;
  syncFrom: string | null;
}

const initial: Values = {
  address: '',
  password: '',
  username: '',
  imap: { host: '', port: 993, security: 'tls' },
  smtp: { host: '', port: 465, security: 'tls' },
  createContacts: 'sent',
  visibility: 'metadata',
  syncFrom: null,
};

/** Ports by what is usual for each kind of security (RFC 8314). */
const usualPorts = { imap: { tls: 993, starttls: 143, none: 143 }, smtp: { tls: 465, starttls: 587, none: 25 } };

const optionsOf = (labels: Record<string, string>) => Object.entries(labels).map(([value, label]) => ({ value, label }));

function bodyOf({ address, password, username, imap, smtp, syncFrom, ...policy }: Values) {
  const auth = { type: 'password', username: username.trim() === '' ? address.trim() : username.trim(), password };
  const since = syncFrom === null ? null : new Date(`${syncFrom}T00:00:00`).toISOString();
  return { address, imap: { ...imap, auth }, smtp: { ...smtp, auth }, ...policy, syncFrom: since };
}

/** Both servers take the same user and password; where they are refused, the fields say so. */
function atOurFields(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([path, message]) => [path.replace(/^(imap|smtp)\.auth\.(password|username)$/, '$2'), message]),
  );
}

/** Connects a mailbox in one form; its test answers with each server's own words. */
export function ConnectMailbox({ onDone }: { onDone(): void }) {
  const client = useQueryClient();
  const { form, onSubmit, pending, error } = useApiForm<Values, Mailbox>({
    initial,
    send: (values) => call<Mailbox>('POST', '/mailboxes', { body: bodyOf(values) }),
    done: () => {
      void client.invalidateQueries({ queryKey: ['mailboxes'] });
      onDone();
    },
    fields: atOurFields,
  });
  const test = useMutation({
    mutationFn: (values: Values) => call<MailboxTest>('POST', '/mailboxes/test', { body: bodyOf(values) }),
    onError: (failure) => {
      if (failure instanceof Problem) form.setErrors(atOurFields(failure.fields));
    },
  });
  const result = test.data;
  return (
    <Form onSubmit={onSubmit}>
      <Account form={form} />
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <ServerFields form={form} part="imap" result={result?.imap} />
        <ServerFields form={form} part="smtp" result={result?.smtp} />
      </SimpleGrid>
      <Policy form={form} />
      <FormError error={test.error ?? error} known={knownFields} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" loading={test.isPending} onClick={() => test.mutate(form.getValues())}>
          {texts.test}
        </Button>
        <Button type="submit" loading={pending}>
          {texts.connect}
        </Button>
      </Group>
    </Form>
  );
}

const knownFields = ['address', 'createContacts', 'visibility', 'syncFrom'].concat(
  ['imap', 'smtp'].flatMap((part) =>
    ['host', 'port', 'security', 'auth.username', 'auth.password'].map((field) => `${part}.${field}`),
  ),
);

interface FieldsProps {
  form: UseFormReturnType<Values>;
}

function Account({ form }: FieldsProps) {
  const guess = (address: string) => {
    const domain = address.split('@')[1]?.trim() ?? '';
    if (domain === '') return;
    if (form.getValues().imap.host === '') form.setFieldValue('imap.host', `imap.${domain}`);
    if (form.getValues().smtp.host === '') form.setFieldValue('smtp.host', `smtp.${domain}`);
  };
  const address = form.getInputProps('address');
  return (
    <>
      <TextInput
        label={texts.address}
        inputMode="email"
        autoComplete="off"
        required
        data-autofocus
        {...address}
        onBlur={(event) => guess(event.currentTarget.value)}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <PasswordInput
          label={texts.password}
          description={texts.passwordHint}
          autoComplete="off"
          required
          {...form.getInputProps('password')}
        />
        <TextInput
          label={texts.username}
          description={texts.usernameHint}
          autoComplete="off"
          {...form.getInputProps('username')}
        />
      </SimpleGrid>
    </>
  );
}

function ServerFields({ form, part, result }: FieldsProps & { part: Part; result: MailboxTest[Part] | undefined }) {
  const security = form.getInputProps(`${part}.security`);
  return (
    <Fieldset legend={texts[part]} p="sm">
      <TextInput label={texts.host} required {...form.getInputProps(`${part}.host`)} />
      <Group grow align="flex-start" gap="sm" mt="xs">
        <Select
          label={texts.security}
          data={optionsOf(texts.securities)}
          allowDeselect={false}
          {...security}
          onChange={(value) => {
            security.onChange(value);
            form.setFieldValue(`${part}.port`, usualPorts[part][value as keyof (typeof usualPorts)[Part]]);
          }}
        />
        <NumberInput label={texts.port} min={1} max={65_535} hideControls required {...form.getInputProps(`${part}.port`)} />
      </Group>
      {security.value === 'none' ? (
        <Alert color="yellow" mt="xs" p="xs">
          {texts.plainWarning}
        </Alert>
      ) : null}
      {result === undefined ? null : (
        <Alert color={result.ok ? 'green' : 'red'} mt="xs" p="xs" role="status" c="var(--mantine-color-text)">
          {result.ok ? texts.testOk : result.message}
        </Alert>
      )}
    </Fieldset>
  );
}

function Policy({ form }: FieldsProps) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
      <Select
        label={texts.createContacts}
        data={optionsOf(texts.creations)}
        allowDeselect={false}
        {...form.getInputProps('createContacts')}
      />
      <Select
        label={texts.visibility}
        data={optionsOf(texts.visibilities)}
        allowDeselect={false}
        {...form.getInputProps('visibility')}
      />
      <DateInput
        label={texts.syncFrom}
        placeholder={texts.syncFromHint}
        valueFormat="YYYY-MM-DD"
        clearable
        {...form.getInputProps('syncFrom')}
      />
    </SimpleGrid>
  );
}
