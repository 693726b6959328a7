import { Button, Divider, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { call } from '../api.ts';
import { FormError } from '../form.tsx';
import { texts } from './sign-in.texts.ts';

/** Where to go once the browser is back from a provider: the address that leads back is fixed, so it is kept here. */
export const backKey = 'throughline.back';

interface ProviderButtonsProps {
  providers: readonly { key: string; name: string }[];
  /** Whether passwords are another way. */
  beside: boolean;
  back: string | undefined;
}

/** A button per provider, which leads there. */
export function ProviderButtons({ providers, beside, back }: ProviderButtonsProps) {
  const begin = useMutation({
    mutationFn: (key: string) => call<{ url: string }>('POST', `/session/provider/${key}`),
    onSuccess: ({ url }) => {
      sessionStorage.setItem(backKey, back ?? '/');
      window.location.assign(url);
    },
  });
  if (providers.length === 0) return null;
  return (
    <Stack gap="sm">
      {providers.map(({ key, name }) => (
        <Button
          key={key}
          variant="default"
          loading={(begin.isPending || begin.isSuccess) && begin.variables === key}
          onClick={() => begin.mutate(key)}
        >
          {texts.signInWith(name)}
        </Button>
      ))}
      <FormError error={begin.error} />
      {beside ? <Divider label={texts.or} /> : null}
    </Stack>
  );
}
