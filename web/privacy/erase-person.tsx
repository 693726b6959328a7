import { Alert, Button, Skeleton, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../api.ts';
import { Form, FormError } from '../form.tsx';
import type { Erasure, ErasurePreview } from '../records.ts';
import { texts } from './texts.ts';

/** Shows what an erasure takes away and what stays, has the person's name typed, and leads to the receipt. */
export function ErasePerson({ id, name }: { id: string; name: string }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const { data: preview, error } = useQuery({
    queryKey: ['erasure-preview', id],
    queryFn: ({ signal }) => call<ErasurePreview>('GET', `/contacts/${id}/erase`, { signal }),
    staleTime: 0,
  });
  const erase = useMutation({
    mutationFn: () => call<Erasure>('POST', `/contacts/${id}/erase`, { body: { confirm: true } }),
    onSuccess: async (receipt) => {
      await navigate({ to: '/settings/erasures/$id', params: { id: receipt.id } });
      for (const kind of ['contact', 'consents', 'erasure-preview']) client.removeQueries({ queryKey: [kind, id] });
      void client.invalidateQueries({ queryKey: ['contacts'] });
    },
  });
  const submit = (event?: { preventDefault(): void }) => {
    event?.preventDefault();
    if (typed.trim() === name.trim()) erase.mutate();
  };
  return (
    <Form onSubmit={submit}>
      <Alert color="red" variant="light" p="sm">
        {texts.eraseText}
      </Alert>
      {preview === undefined && error === null ? <Skeleton h={60} /> : null}
      {preview === undefined ? null : (
        <>
          <Counts title={texts.goes} counts={preview.erased} />
          <Counts title={texts.stays} counts={preview.kept} />
        </>
      )}
      <TextInput
        label={texts.typeName(name)}
        autoComplete="off"
        data-autofocus
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <FormError error={error ?? erase.error} />
      <Button
        type="submit"
        color="red.9"
        loading={erase.isPending}
        disabled={preview === undefined || typed.trim() !== name.trim()}
      >
        {texts.eraseNow}
      </Button>
    </Form>
  );
}

function Counts({ title, counts }: { title: string; counts: Record<string, number> }) {
  const found = Object.entries(counts).filter(([, count]) => count > 0);
  return (
    <div>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <Text size="sm">{found.map(([kind, count]) => `${texts.kinds[kind] ?? kind}: ${count}`).join(' · ') || texts.nothing}</Text>
    </div>
  );
}
