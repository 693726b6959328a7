import { Alert, Stack } from '@mantine/core';
import { type UseFormReturnType, useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import type { FormEvent, ReactNode } from 'react';
import { messageOf, Problem } from './api.ts';

interface ApiFormOptions<Values, Answer> {
  initial: Values;
  /** Sends the values to the API. */
  send(values: Values): Promise<Answer>;
  done?(answer: Answer): void;
  /** Where the API's fields stand in this form, when they are arranged otherwise. */
  fields?(errors: Record<string, string>): Record<string, string>;
}

interface ApiForm<Values> {
  form: UseFormReturnType<Values>;
  onSubmit(event?: FormEvent<HTMLFormElement>): void;
  pending: boolean;
  /** The refusal, when the last try was refused or did not get through. */
  error: Error | null;
}

/** A form whose errors come from the API's problem document: each at its field, the rest in `FormError`. Nothing typed is lost on failure. */
export function useApiForm<Values extends object, Answer>(options: ApiFormOptions<Values, Answer>): ApiForm<Values> {
  const form = useForm<Values>({ initialValues: options.initial });
  const { mutate, isPending, error } = useMutation({
    mutationFn: options.send,
    onSuccess: (answer) => options.done?.(answer),
    onError: (failure) => {
      if (failure instanceof Problem) form.setErrors(options.fields?.(failure.fields) ?? failure.fields);
    },
  });
  return { form, onSubmit: form.onSubmit((values) => mutate(values)), pending: isPending, error };
}

/** What went wrong, unless every word of it stands at a field already. */
export function FormError({ error, known = [], children }: { error: Error | null; known?: string[]; children?: ReactNode }) {
  if (error === null) return null;
  const fields = error instanceof Problem ? error.fields : {};
  const elsewhere = Object.entries(fields).filter(([path]) => !known.includes(path));
  if (Object.keys(fields).length > 0 && elsewhere.length === 0 && children === undefined) return null;
  // With something to offer, the offer says it all.
  if (children !== undefined)
    return (
      <Alert color="yellow" variant="light" role="alert" p="sm">
        {children}
      </Alert>
    );
  const lines =
    elsewhere.length > 0
      ? elsewhere.map(([path, message]) => (path === '' ? message : `${path}: ${message}`))
      : [messageOf(error)];
  return (
    <Alert color="red" variant="light" role="alert" p="sm">
      {lines.map((line) => (
        <div key={line}>{line}</div>
      ))}
    </Alert>
  );
}

/** Values of a form without what was left empty. */
export const filled = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== '' && value !== null && value !== undefined),
  ) as Partial<T>;

/** A form's fields in one column. */
export function Form({ onSubmit, children }: { onSubmit(event?: FormEvent<HTMLFormElement>): void; children: ReactNode }) {
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">{children}</Stack>
    </form>
  );
}
