import { MultiSelect, Skeleton, Stack, Switch } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, messageOf } from '../api.ts';
import { FormError } from '../form.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { rolesQuery } from './access.queries.ts';
import { Providers } from './providers.tsx';
import { texts } from './sign-in.texts.ts';

interface Settings {
  passwordSignIn: boolean;
  secondFactorRoles: string[];
}

/** How people may sign in: passwords, second factors, providers. */
export function SignInSettingsPage() {
  const client = useQueryClient();
  const { data, error } = useQuery({
    queryKey: ['sign-in-settings'],
    queryFn: ({ signal }) => call<Settings>('GET', '/settings/sign-in', { signal }),
  });
  const { data: roles } = useQuery(rolesQuery);
  const save = useMutation({
    mutationFn: (settings: Settings) => call<Settings>('PUT', '/settings/sign-in', { body: settings }),
    onSuccess: (settings) => client.setQueryData(['sign-in-settings'], settings),
    onError: (failure) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(failure) }),
  });
  return (
    <Page title={shared.signInSettings}>
      <FormError error={error} />
      <div className="panel">
        {data === undefined ? (
          <Skeleton h={120} />
        ) : (
          <Stack p="md">
            <Switch
              label={texts.byPassword}
              description={texts.byPasswordText}
              checked={data.passwordSignIn}
              disabled={save.isPending}
              onChange={(event) => save.mutate({ ...data, passwordSignIn: event.currentTarget.checked })}
            />
            <MultiSelect
              maw={420}
              label={texts.secondFactorRoles}
              description={texts.secondFactorRolesText}
              data={(roles?.data ?? []).map(({ key, name }) => ({ value: key, label: name }))}
              value={data.secondFactorRoles}
              disabled={save.isPending}
              onChange={(secondFactorRoles) => save.mutate({ ...data, secondFactorRoles })}
            />
          </Stack>
        )}
      </div>
      <Providers />
    </Page>
  );
}
