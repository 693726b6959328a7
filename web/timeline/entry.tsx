import { Anchor, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconBuilding,
  IconCalendarDue,
  IconCircleCheck,
  IconClockExclamation,
  IconCoin,
  IconListCheck,
  IconPaperclip,
  IconPencil,
  IconUser,
} from '@tabler/icons-react';
import { iconOf } from '../activities/icons.ts';
import { useActivityType } from '../activities/types.ts';
import { MailBody } from '../email/mail-body.tsx';
import type { Noun, TimelineEntry } from '../records.ts';
import { PageLink } from '../shell/link.tsx';
import { agoOf, clockOf, momentOf } from '../times.ts';
import { texts } from './texts.ts';
import styles from './timeline.module.css';

/** What is on timelines without being of a type that people log. */
const signs: Record<string, typeof IconCoin> = {
  task_completed: IconCircleCheck,
  contact_created: IconUser,
  company_created: IconBuilding,
  task_created: IconListCheck,
  task_planned: IconCalendarDue,
  change: IconPencil,
  workflow: IconClockExclamation,
  file: IconPaperclip,
};

/** How an entry is drawn and what its kind is called: people's types say so themselves. */
function useKind({ type }: TimelineEntry): { Sign: typeof IconCoin; label: string } {
  const known = useActivityType(type);
  if (known !== undefined && !known.system) return { Sign: iconOf(known.icon), label: known.label };
  return {
    Sign: signs[type] ?? (type.startsWith('deal_') ? IconCoin : iconOf(null)),
    label: texts.kinds[type] ?? known?.label ?? type,
  };
}

interface EntryProps {
  entry: TimelineEntry;
  /** Whose timeline it stands on; what is said of itself is left out. */
  within: Noun;
  /** The day to write above it, for the first entry of a day. */
  day: string | null;
}

/** One entry of a timeline: what people and the outside said as a card, what the system noted as a line. */
export function Entry({ entry, within, day }: EntryProps) {
  const { Sign } = useKind(entry);
  return (
    <li>
      {day === null ? null : <div className={styles.day}>{day}</div>}
      <div className={styles.entry}>
        <span className={styles.sign}>
          <Sign size={15} stroke={1.7} aria-hidden />
        </span>
        {entry.source === 'system' ? <Line entry={entry} within={within} /> : <Card entry={entry} within={within} />}
      </div>
    </li>
  );
}

function Line({ entry, within }: Omit<EntryProps, 'day'>) {
  return (
    <div className={styles.line}>
      {entry.fileId === null ? (
        <Text span size="sm">
          {lineOf(entry)}
        </Text>
      ) : (
        <Anchor href={`/api/v1/files/${entry.fileId}`} download size="sm">
          {lineOf(entry)}
        </Anchor>
      )}
      <Facts entry={entry} within={within} />
    </div>
  );
}

/** What the system noted, in one line: changes as `Title: Engineer → Lead`. */
function lineOf({ type, subject, changes }: TimelineEntry): string {
  if (type === 'change') return changes.map(changeOf).join(' · ');
  if (type === 'workflow') return texts.rotted;
  if (type === 'task_created' || type === 'task_planned') return `${texts.kinds[type]}: ${subject}`;
  return subject ?? texts.kinds[type] ?? type;
}

const isId = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(value);

function changeOf({ field, from, to }: TimelineEntry['changes'][number]): string {
  const name = texts.fieldOf(field);
  if (isId(from) || isId(to) || typeof (from ?? to) === 'object') return texts.changed(name);
  return `${name}: ${from === null ? '' : `${from} `}→ ${to ?? texts.nothing}`;
}

function Card({ entry, within }: Omit<EntryProps, 'day'>) {
  const { label } = useKind(entry);
  return (
    <article className={`panel ${styles.card}`}>
      <Text fw={550} size="sm" style={{ overflowWrap: 'anywhere' }}>
        {entry.subject ?? label}
      </Text>
      <Facts entry={entry} within={within} />
      {entry.outcome === null ? null : <Text size="sm">{texts.outcome(entry.outcome)}</Text>}
      {entry.messageId !== null ? (
        <MailBody messageId={entry.messageId} teaser={entry.description} outgoing={entry.direction === 'out'} />
      ) : entry.description === null ? null : (
        <Body text={entry.description} />
      )}
    </article>
  );
}

function Facts({ entry, within }: Omit<EntryProps, 'day'>) {
  const direction = entry.direction === 'in' ? texts.received : texts.sent;
  const { label } = useKind(entry);
  const facts = [
    entry.source === 'system' ? null : label,
    entry.type === 'email' && entry.direction !== null ? direction : null,
    entry.duration === null ? null : texts.minutes(entry.duration),
    entry.ownerName === null ? texts.automatic : texts.by(entry.ownerName),
  ].filter((fact) => fact !== null);
  return (
    <Text span size="xs" c="dimmed" display={entry.source === 'system' ? 'inline' : 'block'}>
      {facts.join(' · ')} ·{' '}
      <time dateTime={entry.activityDate} title={momentOf(entry.activityDate)}>
        {clockOf(entry.activityDate)}, {agoOf(entry.activityDate)}
      </time>
      {entry.dealId !== null && within !== 'deal' ? (
        <>
          {' · '}
          <PageLink to="/deals/$id" params={{ id: entry.dealId }} size="xs" underline="always">
            {entry.dealName}
          </PageLink>
        </>
      ) : null}
    </Text>
  );
}

/** Longer texts, such as mail, are folded. */
const foldedFrom = 240;

function Body({ text }: { text: string }) {
  const [open, { toggle }] = useDisclosure();
  const foldable = text.length > foldedFrom || text.split('\n').length > 4;
  return (
    <>
      <Text size="sm" mt={4} className={`wrap ${foldable && !open ? styles.folded : ''}`}>
        {text}
      </Text>
      {foldable ? (
        <UnstyledButton onClick={toggle} aria-expanded={open} mt={2}>
          <Text span size="xs" fw={600} style={{ color: 'var(--mantine-color-anchor)' }}>
            {open ? texts.showLess : texts.showMore}
          </Text>
        </UnstyledButton>
      ) : null}
    </>
  );
}
