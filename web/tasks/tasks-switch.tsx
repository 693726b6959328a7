import { Button } from '@mantine/core';
import { IconChecklist, IconTable } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { texts } from './texts.ts';

/** My own tasks by day, or all in a table. */
export function TasksSwitch({ way }: { way: 'mine' | 'list' }) {
  return (
    <Button.Group>
      <Button
        component={Link}
        to="/tasks"
        size="xs"
        h={34}
        variant={way === 'mine' ? 'light' : 'default'}
        aria-current={way === 'mine' ? 'page' : undefined}
        leftSection={<IconChecklist size={15} />}
      >
        {texts.mine}
      </Button>
      <Button
        component={Link}
        to="/tasks/list"
        size="xs"
        h={34}
        variant={way === 'list' ? 'light' : 'default'}
        aria-current={way === 'list' ? 'page' : undefined}
        leftSection={<IconTable size={15} />}
      >
        {texts.everybodys}
      </Button>
    </Button.Group>
  );
}
