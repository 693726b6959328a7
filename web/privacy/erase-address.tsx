import { Alert, Button, Modal, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconEraser } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import type { Erasure } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';

/** Erases whoever has or had an address, also where no contact is left of them; it is typed twice, since there is no way back. */
export function EraseAddress() {
  const [opened, dialog] = useDisclosure();
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconEraser size={16} />} onClick={dialog.open}>
        {texts.eraseAddress}
      </Button>
      <Modal opened={opened} onClose={dialog.close} title={texts.eraseAddress} closeButtonProps={{ 'aria-label': shared.close }}>
        <AddressForm />
      </Modal>
    </>
  );
}

function AddressForm() {
  const navigate = useNavigate();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { email: '', again: '' },
    send: ({ email }) => call<Erasure>('POST', '/erasures', { body: { email: email.trim(), confirm: true } }),
    done: ({ id }) => void navigate({ to: '/settings/erasures/$id', params: { id } }),
  });
  const { email, again } = form.values;
  return (
    <Form onSubmit={onSubmit}>
      <Alert color="red" variant="light" p="sm">
        {texts.eraseAddressText}
      </Alert>
      <TextInput label={texts.address} autoComplete="off" data-autofocus {...form.getInputProps('email')} />
      <TextInput label={texts.addressAgain} autoComplete="off" {...form.getInputProps('again')} />
      <FormError error={error} known={['email']} />
      <Button type="submit" color="red.9" loading={pending} disabled={email.trim() === '' || email.trim() !== again.trim()}>
        {texts.eraseNow}
      </Button>
    </Form>
  );
}
