import { ActionIcon, Button, Checkbox, Popover, ScrollArea, TextInput } from '@mantine/core';
import { IconArrowLeft, IconArrowRight, IconColumns3 } from '@tabler/icons-react';
import { useState } from 'react';
import styles from './lists.module.css';
import { type Described, type DescribedField, labelOf } from './objects.ts';
import { texts } from './texts.ts';

interface ColumnsMenuProps {
  described: Described;
  fields: readonly DescribedField[];
  /** Names of the columns that are shown, in order. */
  shown: readonly string[];
  /** Undefined for the page's own choice. */
  onChange(columns: readonly string[] | undefined): void;
}

/** Chooses the columns of a table and their order. */
export function ColumnsMenu({ described, fields, shown, onChange }: ColumnsMenuProps) {
  const [typed, setTyped] = useState('');
  const labelled = fields.map((field) => ({ name: field.name, label: labelOf(described.object, field) }));
  const words = typed.trim().toLowerCase();
  const listed = [
    ...shown.flatMap((name) => labelled.filter((one) => one.name === name)),
    ...labelled.filter(({ name }) => !shown.includes(name)),
  ].filter(({ label }) => label.toLowerCase().includes(words));
  const move = (name: string, by: number) => {
    const at = shown.indexOf(name);
    const order = shown.filter((one) => one !== name);
    onChange(order.toSpliced(at + by, 0, name));
  };
  return (
    <Popover position="bottom-end" width={300} withinPortal trapFocus>
      <Popover.Target>
        <Button
          size="xs"
          h={34}
          variant="default"
          leftSection={<IconColumns3 size={15} />}
          aria-label={texts.chooseColumns}
          className={styles.tool}
        >
          <span className={styles.toolLabel}>{texts.columns}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" aria-label={texts.chooseColumns}>
        <TextInput
          size="xs"
          mb={6}
          aria-label={texts.findColumn}
          placeholder={texts.findColumn}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
        <ScrollArea.Autosize mah={320}>
          {listed.map(({ name, label }) => (
            <div key={name} className={styles.column}>
              <Checkbox
                size="xs"
                flex={1}
                label={label}
                checked={shown.includes(name)}
                disabled={shown.length === 1 && shown[0] === name}
                onChange={(event) =>
                  onChange(event.currentTarget.checked ? [...shown, name] : shown.filter((one) => one !== name))
                }
              />
              {shown.includes(name) ? (
                <>
                  <ActionIcon
                    size={22}
                    disabled={shown[0] === name}
                    aria-label={texts.moveLeft(label)}
                    onClick={() => move(name, -1)}
                  >
                    <IconArrowLeft size={14} />
                  </ActionIcon>
                  <ActionIcon
                    size={22}
                    disabled={shown.at(-1) === name}
                    aria-label={texts.moveRight(label)}
                    onClick={() => move(name, 1)}
                  >
                    <IconArrowRight size={14} />
                  </ActionIcon>
                </>
              ) : null}
            </div>
          ))}
        </ScrollArea.Autosize>
        <Button size="compact-xs" variant="subtle" color="gray" mt={6} onClick={() => onChange(undefined)}>
          {texts.defaultColumns}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
