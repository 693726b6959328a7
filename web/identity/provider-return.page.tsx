import { Button, Skeleton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { call } from '../api.ts';
import { FormError } from '../form.tsx';
import { DoorCard } from './door-card.tsx';
import { backKey } from './provider-buttons.tsx';
import { SecondStep, type Step } from './second-step.tsx';
import { texts } from './sign-in.texts.ts';

/** Where a provider leads back to: hands its answer to the hub, which ends the sign-in. The answer does not stay in the address. */
export function ProviderReturnPage() {
  const { key } = useParams({ from: '/sign-in/provider/$key' });
  const router = useRouter();
  const client = useQueryClient();
  const [query] = useState(() => window.location.search);
  const { data, error } = useQuery({
    queryKey: ['provider-return', key, query],
    queryFn: async () => (await call<Step | undefined>('POST', `/session/provider/${key}/finish`, { body: { query } })) ?? null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  useEffect(() => window.history.replaceState(window.history.state, '', window.location.pathname), []);
  useEffect(() => {
    if (data === null) enter();
  });
  const enter = () => {
    const back = sessionStorage.getItem(backKey) ?? '/';
    sessionStorage.removeItem(backKey);
    client.clear();
    router.history.replace(back);
  };
  return (
    <DoorCard title={texts.returning}>
      {data === undefined && error === null ? <Skeleton h={80} /> : null}
      {data ? <SecondStep step={data} onDone={enter} /> : null}
      {error === null ? null : (
        <>
          <FormError error={error} />
          <Button variant="default" onClick={() => router.navigate({ to: '/sign-in' })}>
            {texts.tryAgain}
          </Button>
        </>
      )}
    </DoorCard>
  );
}
