import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call, Problem } from '../api.ts';
import { recordQuery } from '../queries.ts';
import { collection, type Noun } from '../records.ts';

/** What every record has that is edited in place. */
export interface Versioned {
  id: string;
  version: number;
}

/** An edit that met another's edit of the same field. */
export class EditConflict extends Error {
  readonly theirs: unknown;
  constructor(theirs: unknown) {
    super('The field was changed meanwhile.');
    this.theirs = theirs;
  }
}

interface FieldEdit {
  field: string;
  value: unknown;
  /** What the field held when the edit began. */
  base: unknown;
}

/**
 * Saves one field under If-Match. When the record was changed meanwhile but this field was not, it is saved on top of that; when the
 * same field was changed, nothing is overwritten and the mutation fails with `EditConflict`, which holds both values.
 */
export function useSaveField<T extends Versioned>(noun: Noun, record: T, within?: 'customFields') {
  const client = useQueryClient();
  const { queryKey } = recordQuery<T>(noun, record.id);
  const path = `/${collection[noun]}/${record.id}`;
  const save = (version: number, { field, value }: FieldEdit) => {
    const patch = { [field]: value };
    return call<T>('PATCH', path, { body: within === undefined ? patch : { [within]: patch }, version });
  };
  return useMutation({
    mutationFn: async (edit: FieldEdit) => {
      try {
        return await save(record.version, edit);
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 412) throw error;
        const fresh = await call<T>('GET', path);
        client.setQueryData(queryKey, fresh as never);
        const fields = fresh as Record<string, unknown>; // what is edited is found by its name
        const theirs = (within === undefined ? fields : (fields[within] as Record<string, unknown>))[edit.field];
        if (theirs !== edit.base) throw new EditConflict(theirs);
        return save(fresh.version, edit);
      }
    },
    onSuccess: (saved) => {
      client.setQueryData(queryKey, saved as never);
      void client.invalidateQueries({ queryKey: [collection[noun]] });
    },
  });
}
