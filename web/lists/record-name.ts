import { useQueries, useQuery } from '@tanstack/react-query';
import { recordQuery } from '../queries.ts';
import type { Noun } from '../records.ts';

/** The name of a record, once it is read; undefined when there is none that the viewer sees. */
export function useRecordName(noun: Noun, id: string | null): string | undefined {
  const { data } = useQuery({ ...recordQuery<{ name: string }>(noun, id ?? ''), enabled: id !== null });
  return data?.name;
}

/** The names of several records by their ids, as far as they are read and the viewer sees them. */
export function useRecordNames(records: readonly { noun: Noun; id: string }[]): ReadonlyMap<string, string> {
  const answers = useQueries({ queries: records.map(({ noun, id }) => recordQuery<{ name: string }>(noun, id)) });
  return new Map(records.flatMap(({ id }, n) => (answers[n]?.data === undefined ? [] : [[id, answers[n].data.name] as const])));
}
