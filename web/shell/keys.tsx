import { Group, Kbd, Modal, Stack, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { texts } from '../texts.ts';
import { pages } from './pages.ts';

/** How long after `G` the second key counts. */
const chordMs = 1_200;

interface Keys {
  showKeys(): void;
  /** Opens the search also while it is still on its way. */
  openSearch(): void;
}

/** The keys that work everywhere: `Ctrl K`, `?`, `/`, `C`, and `G` then a letter for each page. */
export function useKeys({ showKeys, openSearch }: Keys): void {
  const navigate = useNavigate();
  const pressedG = useRef(Number.NEGATIVE_INFINITY); // the clock begins with the page, so 0 would be a moment ago
  const inChord = () => performance.now() - pressedG.current < chordMs;
  const click = (selector: string) => document.querySelector<HTMLElement>(selector)?.click();
  useHotkeys([
    ['mod+K', openSearch],
    ['shift+?', showKeys, { usePhysicalKeys: false }],
    ['?', showKeys],
    ['/', () => document.querySelector<HTMLElement>('[data-page-search]')?.focus()],
    [
      'g',
      () => {
        pressedG.current = performance.now();
      },
    ],
    ...pages.map(({ key, to }): [string, () => void] => [
      key.toLowerCase(),
      () => {
        if (inChord()) void navigate({ to });
        else if (key === 'C') click('[data-page-new]');
      },
    ]),
  ]);
}

/** The list of keys. */
export function KeysDialog({ opened, onClose }: { opened: boolean; onClose(): void }) {
  return (
    <Modal opened={opened} onClose={onClose} title={texts.keysTitle}>
      <Stack gap={8}>
        {texts.keysList.map(([keys, deed]) => (
          <Group key={keys} justify="space-between">
            <Text>{deed}</Text>
            <Kbd>{keys}</Kbd>
          </Group>
        ))}
      </Stack>
    </Modal>
  );
}
