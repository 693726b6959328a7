import { Menu, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDownload, IconEraser } from '@tabler/icons-react';
import { RecordMenu } from '../deletion/record-menu.tsx';
import { useAllowed } from '../identity/allowed.ts';
import type { Contact } from '../records.ts';
import { ErasePerson } from './erase-person.tsx';
import { ExportPerson } from './export-person.tsx';
import { texts } from './texts.ts';

/** The menu of a contact: what every record has, and for those who may, everything kept on the person and their erasure. */
export function PersonMenu({ contact }: { contact: Contact }) {
  const { can, may } = useAllowed();
  const mayExport = may('export');
  const mayErase = can('erasure', 'create');
  const [opened, dialog] = useDisclosure();
  const [isExporting, exporting] = useDisclosure();
  const name = contact.name || (contact.email ?? texts.erase);
  return (
    <>
      <RecordMenu noun="contact" record={contact} more={mayExport || mayErase}>
        {mayExport ? (
          <Menu.Item leftSection={<IconDownload size={15} />} onClick={exporting.open}>
            {texts.export}
          </Menu.Item>
        ) : null}
        {mayErase ? (
          <Menu.Item color="red" leftSection={<IconEraser size={15} />} onClick={dialog.open}>
            {texts.erase}
          </Menu.Item>
        ) : null}
      </RecordMenu>
      <Modal opened={opened} onClose={dialog.close} title={texts.eraseTitle(name)}>
        <ErasePerson id={contact.id} name={name} />
      </Modal>
      <Modal opened={isExporting} onClose={exporting.close} title={texts.exportTitle(name)}>
        <ExportPerson id={contact.id} />
      </Modal>
    </>
  );
}
