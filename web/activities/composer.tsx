import { Skeleton, Tabs } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { IconListCheck, IconMail } from '@tabler/icons-react';
import { useState } from 'react';
import { MailComposer } from '../email/mail-composer.tsx';
import { useAllowed } from '../identity/allowed.ts';
import type { About, Draft } from './draft.ts';
import { iconOf } from './icons.ts';
import { LogEntry } from './log-entry.tsx';
import { texts } from './texts.ts';
import { type ActivityType, useLoggedTypes } from './types.ts';

const blank: Draft = { kind: 'note', text: '', minutes: null, direction: 'out', due: null };

const kindOf = ({ key, label, icon }: ActivityType) => ({ kind: key, label, icon: iconOf(icon) });
const mail = { kind: 'mail', label: texts.mail, icon: IconMail };
const task = { kind: 'task', label: texts.task, icon: IconListCheck };

/** Where things are written down about a record. What was typed outlives a reload and a lost connection. */
export function Composer({ about, email = null }: { about: About; email?: string | null }) {
  const { can } = useAllowed();
  const types = useLoggedTypes();
  const [draft, setDraft] = useSessionStorage<Draft>({
    key: `draft-${about.noun}-${about.id}`,
    defaultValue: blank,
    getInitialValueInEffect: false,
  });
  const [open, setOpen] = useState(draft.text !== '');
  if (types === undefined) return <Skeleton h={88} mb="sm" />;
  const logs = can('activity', 'create');
  const offered = [
    ...(logs ? types.map(kindOf) : []),
    ...(about.noun === 'contact' && can('message', 'create') ? [mail] : []),
    ...(can('task', 'create') ? [task] : []),
  ];
  if (offered.length === 0) return null;
  // Its type may be archived since it was typed.
  const kind = offered.some((one) => one.kind === draft.kind) ? draft.kind : (offered[0] ?? task).kind;
  const change = (part: Partial<Draft>) => setDraft({ ...draft, kind, ...part });
  const choose = (next: string | null) => {
    if (next === null) return;
    change({ kind: next });
    setOpen(true);
  };
  return (
    <Tabs variant="pills" value={kind} onChange={choose} className="panel" p="sm" mb="sm">
      <Tabs.List aria-label={texts.what} mb="xs">
        {offered.map(({ kind: value, label, icon: Sign }) => (
          <Tabs.Tab key={value} value={value} px={10} py={6} leftSection={<Sign size={15} stroke={1.7} aria-hidden />}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={kind}>
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
      </Tabs.Panel>
    </Tabs>
  );
}
