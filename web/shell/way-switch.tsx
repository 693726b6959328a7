import { Button } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import { Link, type LinkProps, useMatchRoute } from '@tanstack/react-router';

interface Way {
  to: NonNullable<LinkProps['to']>;
  label: string;
  icon: Icon;
}

/** The same records shown in several ways, each a page of its own. */
export function WaySwitch({ ways }: { ways: readonly Way[] }) {
  const matches = useMatchRoute();
  return (
    <Button.Group>
      {ways.map(({ to, label, icon: Sign }) => {
        const isHere = matches({ to }) !== false;
        return (
          <Button
            key={to}
            component={Link}
            to={to}
            size="xs"
            h={34}
            variant={isHere ? 'light' : 'default'}
            aria-current={isHere ? 'page' : undefined}
            leftSection={<Sign size={15} />}
          >
            {label}
          </Button>
        );
      })}
    </Button.Group>
  );
}
