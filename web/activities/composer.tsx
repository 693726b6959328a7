import { SegmentedControl, Stack } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { useState } from 'react';
import { MailComposer } from '../email/mail-composer.tsx';
import { type About, type Draft, kinds } from './draft.ts';
import { LogEntry } from './log-entry.tsx';
import { texts } from './texts.ts';

const blank: Draft = { kind: 'note', text: '', minutes: null, direction: 'out', due: null };

/** Where things are written down about a record. What was typed outlives a reload and a lost connection. */
export function Composer({ about, email = null }: { about: About; email?: string | null }) {
  const [draft, setDraft] = useSessionStorage<Draft>({
    key: `draft-${about.noun}-${about.id}`,
    defaultValue: blank,
    getInitialValueInEffect: false,
  });
  const [open, setOpen] = useState(draft.text !== '');
  const { kind } = draft;
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const offered = kinds.filter((one) => one !== 'mail' || about.noun === 'contact');
  return (
    <Stack className="panel" p="sm" gap="xs" mb="sm">
      <SegmentedControl
        size="xs"
        aria-label={texts.what}
        value={kind}
        onChange={(next) => {
          change({ kind: next as Draft['kind'] });
          setOpen(true);
        }}
        data={offered.map((value) => ({ value, label: texts[value] }))}
        style={{ alignSelf: 'flex-start' }}
      />
      {kind === 'mail' ? (
        <MailComposer to={email} contactId={about.id} />
      ) : (
        <LogEntry
          about={about}
          draft={{ ...draft, kind }}
          open={open}
          onChange={change}
          onOpen={() => setOpen(true)}
          onLogged={() => setDraft({ ...blank, kind })}
        />
      )}
    </Stack>
  );
}
