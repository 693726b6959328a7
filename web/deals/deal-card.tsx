import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { draggable, dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { ActionIcon, Badge, Group, Menu, Text } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconDots } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useAllowed } from '../identity/allowed.ts';
import type { Deal, Stage } from '../records.ts';
import { agoOf, dayOf, moneyOf } from '../times.ts';
import styles from './board.module.css';
import { texts } from './texts.ts';

interface DealCardProps {
  deal: Deal;
  stages: Stage[];
  /** Neighbours in the column; null at its ends. */
  above: string | null;
  aboveThat: string | null;
  below: string | null;
  onMove(deal: Deal, to: Stage, afterDealId?: string | null): void;
}

/** A deal on the board. It can be dragged; its menu does the same by keyboard. */
export function DealCard(props: DealCardProps) {
  const { deal } = props;
  const { can } = useAllowed();
  const { box, dragged, edge } = useCardDrag(props, can('deal', 'edit'));
  // The mark of a deal that has just closed is taken off a little later.
  const rottingSince = deal.status === 'open' ? deal.rottingSince : null;
  const look = [styles.card, 'panel', dragged ? styles.dragged : '', rottingSince === null ? '' : styles.rotting];
  return (
    <li ref={box} className={[...look, edge === null ? '' : styles[edge]].join(' ')}>
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap={4}>
        <Link to="/deals/$id" params={{ id: deal.id }} className="plain-link" draggable={false}>
          <Text size="sm" fw={550} lh={1.35} style={{ overflowWrap: 'anywhere' }}>
            {deal.name}
          </Text>
        </Link>
        {can('deal', 'edit') ? <CardMenu {...props} /> : null}
      </Group>
      <Text size="xs" c="dimmed" truncate>
        {[deal.contactName, deal.companyName].filter(Boolean).join(' · ')}
      </Text>
      <Group justify="space-between" mt={4} gap="0 6px">
        <Text size="sm">{deal.amount === null ? '' : moneyOf(deal.amount, deal.currency)}</Text>
        {rottingSince !== null ? (
          <Badge color="orange" variant="light" size="sm" title={texts.rotting(dayOf(rottingSince))}>
            {texts.rots}
          </Badge>
        ) : deal.nextActivityAt !== null ? (
          <Text size="xs" c="dimmed" truncate>
            {(Date.parse(deal.nextActivityAt) < Date.now() ? texts.lateStep : texts.nextStep)(agoOf(deal.nextActivityAt))}
          </Text>
        ) : null}
      </Group>
    </li>
  );
}

function CardMenu({ deal, stages, above, aboveThat, below, onMove }: DealCardProps) {
  const here = stages.find(({ key }) => key === deal.stage);
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon size="sm" aria-label={texts.actions(deal.name)}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {here !== undefined && above !== null ? (
          <Menu.Item leftSection={<IconArrowUp size={15} />} onClick={() => onMove(deal, here, aboveThat)}>
            {texts.moveUp}
          </Menu.Item>
        ) : null}
        {here !== undefined && below !== null ? (
          <Menu.Item leftSection={<IconArrowDown size={15} />} onClick={() => onMove(deal, here, below)}>
            {texts.moveDown}
          </Menu.Item>
        ) : null}
        <Menu.Label>{texts.moveTo}</Menu.Label>
        {stages
          .filter(({ key }) => key !== deal.stage)
          .map((stage) => (
            <Menu.Item key={stage.key} onClick={() => onMove(deal, stage)}>
              {stage.name}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}

type Edge = 'before' | 'after';

/** Makes a card something to drag, and something to drop others in front of or behind. */
function useCardDrag(props: DealCardProps, mayMove: boolean) {
  const box = useRef<HTMLLIElement>(null);
  const [dragged, setDragged] = useState(false);
  const [edge, setEdge] = useState<Edge | null>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const element = box.current;
    if (element === null || !mayMove) return;
    const edgeAt = (y: number): Edge => {
      const { top, height } = element.getBoundingClientRect();
      return y < top + height / 2 ? 'before' : 'after';
    };
    return combine(
      draggable({
        element,
        getInitialData: () => ({ deal: latest.current.deal }),
        onDragStart: () => setDragged(true),
        onDrop: () => setDragged(false),
      }),
      dropTargetForElements({
        element,
        canDrop: ({ source }) => source.element !== element,
        onDrag: ({ location }) => setEdge(edgeAt(location.current.input.clientY)),
        onDragLeave: () => setEdge(null),
        onDrop: ({ source, location }) => {
          setEdge(null);
          const { deal, stages, above, onMove } = latest.current;
          const to = stages.find(({ key }) => key === deal.stage);
          const moved = source.data.deal as Deal; // put there by getInitialData
          const after = edgeAt(location.current.input.clientY) === 'after' ? deal.id : above;
          if (to !== undefined && after !== moved.id) onMove(moved, to, after);
        },
      }),
    );
  }, [mayMove]);
  return { box, dragged, edge };
}
