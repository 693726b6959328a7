import { Alert, Button, Group, Loader, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { type ReactNode, useRef, useState } from 'react';
import { messageOf, Problem } from '../api.ts';
import { useRights } from '../identity/allowed.ts';
import type { Noun } from '../records.ts';
import { texts } from '../texts.ts';
import styles from './field.module.css';
import { FieldInput, type FieldKind } from './field-input.tsx';
import { EditConflict, useSaveField, type Versioned } from './save-field.ts';

interface FieldProps<T extends Versioned> {
  noun: Noun;
  record: T;
  field: string;
  /** The property of the record that holds the field, when it is not the record itself. */
  path?: 'customFields';
  label: string;
  kind?: FieldKind;
  /** Makes the API's value of what the input holds, which is text. */
  read?(draft: unknown): unknown;
  /** The value as it is shown; the plain text of it unless given. */
  shown?: ReactNode;
  /** Name of what the value refers to, for the picker. */
  valueName?: string | null;
}

/**
 * A field that is edited where it stands: Enter or leaving it saves, Esc gives up. What another changed meanwhile is never overwritten
 * silently. Whoever may not edit it reads it, and what their role hides is not there.
 */
export function Field<T extends Versioned>(props: FieldProps<T>) {
  const { noun, record, field, path, label, kind = 'text', read = (draft: unknown) => draft, shown, valueName } = props;
  const value = (record as Record<string, unknown>)[field]; // found by its name, as custom fields are
  const [draft, setDraft] = useState<unknown>(null);
  const [editing, setEditing] = useState(false);
  const base = useRef<unknown>(null);
  const button = useRef<HTMLButtonElement>(null);
  const save = useSaveField(noun, record, path);
  const name = path === undefined ? field : `${path}.${field}`;
  const rights = useRights(noun, record.id);
  const begin = () => {
    base.current = value;
    setDraft(value);
    save.reset();
    setEditing(true);
  };
  const end = (focus = true) => {
    setEditing(false);
    save.reset();
    if (focus) requestAnimationFrame(() => button.current?.focus());
  };
  const commit = (next: unknown, focus = true) => {
    const to = next === '' || next === null ? null : read(next);
    if (conflict !== null) {
      if (!focus) return; // leaving the field decides nothing: both values are shown, and the choice is a deed of its own
      base.current = conflict.theirs;
    }
    if (to === (base.current ?? null)) return end(focus);
    setDraft(to);
    save.mutate({ field, value: to, base: base.current }, { onSuccess: () => end(focus) });
  };
  const conflict = save.error instanceof EditConflict ? save.error : null;
  const rule = rights.field(name);
  if (rule === 'hidden') return null;
  return (
    <div className={styles.field}>
      <Text size="xs" c="dimmed" className={styles.label}>
        {label}
      </Text>
      <div className={styles.value}>
        {editing ? (
          <FieldInput
            label={label}
            kind={kind}
            value={draft}
            valueName={valueName ?? null}
            error={conflict === null ? errorOf(save.error, name) : undefined}
            onChange={setDraft}
            onCommit={commit}
            onCancel={end}
          />
        ) : rule === 'readonly' || !rights.edit ? (
          <div className={styles.plain}>{shown ?? plain(value)}</div>
        ) : (
          <UnstyledButton ref={button} className={styles.button} onClick={begin}>
            <VisuallyHidden>{texts.edit(label)}: </VisuallyHidden>
            {shown ?? plain(value)}
          </UnstyledButton>
        )}
        {save.isPending ? <Loader size={12} aria-label={texts.loading} /> : null}
        {conflict === null ? null : (
          <Conflict label={label} theirs={conflict.theirs} mine={draft} onTheirs={end} onMine={() => commit(draft)} />
        )}
      </div>
    </div>
  );
}

const plain = (value: unknown): ReactNode =>
  value === null || value === undefined || value === '' ? <Text c="dimmed">{texts.empty}</Text> : String(value);

function errorOf(error: Error | null, field: string): string | undefined {
  if (error === null) return undefined;
  return (error instanceof Problem ? error.fields[field] : undefined) ?? messageOf(error);
}

interface ConflictProps {
  label: string;
  theirs: unknown;
  mine: unknown;
  onTheirs(): void;
  onMine(): void;
}

function Conflict({ label, theirs, mine, onTheirs, onMine }: ConflictProps) {
  const say = (value: unknown) => (value === null || value === undefined || value === '' ? texts.nothing : String(value));
  return (
    <Alert color="yellow" mt={6} p="sm" title={texts.conflictTitle(label)} role="alert">
      <Text size="sm">{texts.conflict(say(theirs), say(mine))}</Text>
      <Group gap="xs" mt="xs">
        <Button size="compact-sm" variant="default" onClick={onTheirs}>
          {texts.keepTheirs}
        </Button>
        <Button size="compact-sm" onClick={onMine}>
          {texts.keepMine}
        </Button>
      </Group>
    </Alert>
  );
}
