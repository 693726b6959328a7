import { Button } from '@mantine/core';
import { IconLayoutKanban, IconTable } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { texts } from './texts.ts';

const ways = [
  { way: 'board', to: '/deals', label: texts.board, icon: IconLayoutKanban },
  { way: 'list', to: '/deals/list', label: texts.list, icon: IconTable },
] as const;

/** Deals as a board or as a table. */
export function WaySwitch({ way: current }: { way: (typeof ways)[number]['way'] }) {
  return (
    <Button.Group>
      {ways.map(({ way, to, label, icon: Sign }) => (
        <Button
          key={way}
          component={Link}
          to={to}
          size="xs"
          h={34}
          variant={way === current ? 'light' : 'default'}
          aria-current={way === current ? 'page' : undefined}
          leftSection={<Sign size={15} />}
        >
          {label}
        </Button>
      ))}
    </Button.Group>
  );
}
