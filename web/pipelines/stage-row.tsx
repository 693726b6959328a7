import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { draggable, dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { ActionIcon, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconGripVertical, IconTrash } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { Stage } from '../records.ts';
import styles from './stages.module.css';
import { texts } from './texts.ts';

interface StageRowProps {
  stage: Stage;
  /** Keys of its neighbours: the one above, the one above that, the one below. */
  above: string | null;
  before: string | null;
  after: string | undefined;
  isFirst: boolean;
  onSave(body: Partial<Stage>): void;
  /** Puts a stage behind another; null for the first place. */
  onPlace(moved: string, after: string | null): void;
  onDelete(): void;
}

/** A stage: name, kind, probability and days until it rots, saved when left; moved by its handle or its arrows. */
export function StageRow(props: StageRowProps) {
  const { stage, before, after, isFirst, onSave, onPlace, onDelete } = props;
  const { box, handle, dragged, edge } = useStageDrag(props);
  return (
    <li ref={box} className={[styles.stage, dragged ? styles.dragged : '', edge === null ? '' : styles[edge]].join(' ')}>
      <span ref={handle} className={styles.handle} title={texts.drag(stage.name)}>
        <IconGripVertical size={16} aria-hidden />
      </span>
      <TextInput
        key={`name ${stage.name}`}
        size="xs"
        style={{ flex: '2 1 140px' }}
        aria-label={texts.nameOf(stage.name)}
        defaultValue={stage.name}
        maxLength={100}
        onBlur={(event) => {
          const name = event.currentTarget.value.trim();
          if (name !== '' && name !== stage.name) onSave({ name });
        }}
      />
      <NativeSelect
        size="xs"
        w={84}
        aria-label={texts.kindOf(stage.name)}
        data={Object.entries(texts.kinds).map(([value, label]) => ({ value, label }))}
        value={stage.kind}
        onChange={(event) => onSave({ kind: event.currentTarget.value as Stage['kind'] })}
      />
      <LeftNumber
        label={texts.probabilityOf(stage.name)}
        value={stage.probability}
        max={100}
        suffix=" %"
        disabled={stage.kind !== 'open'}
        onLeave={(probability) => probability !== null && onSave({ probability })}
      />
      <LeftNumber
        label={texts.rotDaysOf(stage.name)}
        value={stage.rotDays}
        min={1}
        max={3_650}
        suffix={texts.days}
        disabled={stage.kind !== 'open'}
        onLeave={(rotDays) => onSave({ rotDays })}
      />
      <ActionIcon size={28} disabled={isFirst} aria-label={texts.up(stage.name)} onClick={() => onPlace(stage.key, before)}>
        <IconArrowUp size={15} />
      </ActionIcon>
      <ActionIcon
        size={28}
        disabled={after === undefined}
        aria-label={texts.down(stage.name)}
        onClick={() => after !== undefined && onPlace(stage.key, after)}
      >
        <IconArrowDown size={15} />
      </ActionIcon>
      <ActionIcon size={28} aria-label={texts.deleteStage(stage.name)} onClick={onDelete}>
        <IconTrash size={15} />
      </ActionIcon>
    </li>
  );
}

interface LeftNumberProps {
  label: string;
  value: number | null;
  min?: number;
  max: number;
  suffix: string;
  disabled: boolean;
  onLeave(value: number | null): void;
}

/** A number that is saved when it is left. */
function LeftNumber({ label, value, min = 0, max, suffix, disabled, onLeave }: LeftNumberProps) {
  const [draft, setDraft] = useState<string | number>(value ?? '');
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    setDraft(value ?? '');
  }
  const leave = () => {
    const next = draft === '' ? null : Number(draft);
    if (next !== value) onLeave(next);
  };
  return (
    <NumberInput
      size="xs"
      className={styles.number}
      aria-label={label}
      min={min}
      max={max}
      suffix={suffix}
      placeholder={texts.never}
      allowDecimal={false}
      hideControls
      disabled={disabled}
      value={draft}
      onChange={setDraft}
      onBlur={leave}
    />
  );
}

type Edge = 'before' | 'after';

/** Makes a row draggable by its handle, and a place to drop another before or behind. */
function useStageDrag(props: StageRowProps) {
  const box = useRef<HTMLLIElement>(null);
  const handle = useRef<HTMLSpanElement>(null);
  const [dragged, setDragged] = useState(false);
  const [edge, setEdge] = useState<Edge | null>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const element = box.current;
    if (element === null || handle.current === null) return;
    const edgeAt = (y: number): Edge => {
      const { top, height } = element.getBoundingClientRect();
      return y < top + height / 2 ? 'before' : 'after';
    };
    return combine(
      draggable({
        element,
        dragHandle: handle.current,
        getInitialData: () => ({ stage: latest.current.stage.key }),
        onDragStart: () => setDragged(true),
        onDrop: () => setDragged(false),
      }),
      dropTargetForElements({
        element,
        canDrop: ({ source }) => typeof source.data.stage === 'string' && source.data.stage !== latest.current.stage.key,
        onDrag: ({ location }) => setEdge(edgeAt(location.current.input.clientY)),
        onDragLeave: () => setEdge(null),
        onDrop: ({ source, location }) => {
          setEdge(null);
          const { stage, above, onPlace } = latest.current;
          const moved = String(source.data.stage);
          const after = edgeAt(location.current.input.clientY) === 'after' ? stage.key : above;
          if (after !== moved) onPlace(moved, after);
        },
      }),
    );
  }, []);
  return { box, handle, dragged, edge };
}
