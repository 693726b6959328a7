import { Button, PasswordInput, Select, Switch, TagsInput, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { call, Problem } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import type { IdentityProvider } from '../records.ts';
import { Copyable } from '../shell/copyable.tsx';
import { texts as shared } from '../texts.ts';
import { rolesQuery } from './access.queries.ts';
import { type Rule, RulesInput } from './provider-rules.tsx';
import { texts } from './sign-in.texts.ts';

interface Values {
  name: string;
  key: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  allowedDomains: string[];
  defaultRole: string | null;
  rules: Rule[];
  enabled: boolean;
}

const fresh: Values = {
  name: '',
  key: '',
  issuer: '',
  clientId: '',
  clientSecret: '',
  allowedDomains: [],
  defaultRole: null,
  rules: [],
  enabled: true,
};

/** Where errors stand at their fields. */
const pathsIn = (error: Error | null): string[] =>
  error instanceof Problem ? Object.keys(error.fields).filter((path) => (path.split('.')[0] ?? '') in fresh) : [];

/** Adds a provider, or edits one: then its key and issuer stay, and the secret too unless a new one is typed. */
export function ProviderForm({ provider, onDone }: { provider: IdentityProvider | null; onDone(): void }) {
  const client = useQueryClient();
  const { data: roles } = useQuery(rolesQuery);
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { ...fresh, ...provider, clientSecret: '' } as Values,
    send: (values) => save(provider, values),
    done: () => {
      void client.invalidateQueries({ queryKey: ['identity-providers'] });
      onDone();
    },
  });
  const { key } = form.values;
  return (
    <Form onSubmit={onSubmit}>
      <TextInput label={texts.name} description={texts.nameHint} required data-autofocus {...form.getInputProps('name')} />
      {provider === null ? (
        <>
          <TextInput label={texts.key} description={texts.keyHint} required {...form.getInputProps('key')} />
          <TextInput
            label={texts.issuer}
            description={texts.issuerHint}
            required
            inputMode="url"
            {...form.getInputProps('issuer')}
          />
        </>
      ) : null}
      {key === '' ? null : (
        <div>
          <Text size="sm">{texts.redirectUri}</Text>
          <Copyable
            text={provider?.redirectUri ?? `${window.location.origin}/sign-in/provider/${key}`}
            label={texts.redirectUri}
          />
        </div>
      )}
      <TextInput label={texts.clientId} required {...form.getInputProps('clientId')} />
      <PasswordInput
        label={texts.clientSecret}
        description={provider?.hasSecret ? texts.secretKept : undefined}
        autoComplete="off"
        {...form.getInputProps('clientSecret')}
      />
      <TagsInput
        label={texts.allowedDomains}
        description={texts.allowedDomainsHint}
        {...form.getInputProps('allowedDomains')}
        error={Object.entries(form.errors).find(([path]) => path.startsWith('allowedDomains'))?.[1]}
      />
      <Select
        label={texts.defaultRole}
        clearable
        data={(roles?.data ?? []).map((role) => ({ value: role.key, label: role.name }))}
        {...form.getInputProps('defaultRole')}
      />
      <RulesInput value={form.values.rules} onChange={(rules) => form.setFieldValue('rules', rules)} errors={form.errors} />
      <Switch label={texts.enabled} {...form.getInputProps('enabled', { type: 'checkbox' })} />
      <FormError error={error} known={pathsIn(error)} />
      <Button type="submit" loading={pending}>
        {provider === null ? shared.create : texts.save}
      </Button>
    </Form>
  );
}

function save(provider: IdentityProvider | null, values: Values): Promise<IdentityProvider> {
  const { key, issuer, clientSecret, name, clientId, allowedDomains, defaultRole, rules, enabled } = values;
  const secret = clientSecret === '' ? {} : { clientSecret };
  const body = { name, clientId, allowedDomains, defaultRole, rules, enabled, ...secret };
  if (provider === null) return call<IdentityProvider>('POST', '/identity-providers', { body: { key, issuer, ...body } });
  return call<IdentityProvider>('PATCH', `/identity-providers/${provider.id}`, { body, version: provider.version });
}
