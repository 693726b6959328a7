import { Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDeviceFloppy, IconLink, IconPencil, IconPlus, IconStar, IconStarOff, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, messageOf } from '../api.ts';
import type { ListState } from '../lists/list-state.ts';
import type { Listed } from '../lists/objects.ts';
import { meQuery } from '../queries.ts';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';
import { type View, viewsQuery } from './views.ts';

/** What a list is narrowed to, as a view keeps it. */
export const settingsOf = ({ q, filter, sort, columns }: ListState) => ({
  q: q === '' ? null : q,
  filter: filter ?? {},
  sort: sort ?? null,
  columns: columns ?? [],
});

interface ViewDeedsProps {
  object: Listed;
  state: ListState;
  /** Opens the form for a view, or for a new one. */
  onForm(view: View | null): void;
}

/** What can be done with the list as it stands, and with its view: only its owner changes it. */
export function ViewDeeds({ object, state, onForm }: ViewDeedsProps) {
  const { view } = state;
  const isNarrowed = state.isChanged || state.q !== '' || state.filter !== undefined;
  return (
    <>
      <Menu.Item leftSection={<IconPlus size={15} />} onClick={() => onForm(null)} disabled={!isNarrowed && view === undefined}>
        {texts.saveNew}
      </Menu.Item>
      {view === undefined ? null : <Deeds object={object} state={state} view={view} onForm={onForm} />}
    </>
  );
}

function Deeds({ object, state, view, onForm }: ViewDeedsProps & { view: View }) {
  const { data: me } = useQuery(meQuery);
  const change = useChangeView(object);
  const isMine = view.ownerId !== null && view.ownerId === me?.user?.id;
  return (
    <>
      {isMine && state.isChanged ? (
        <Menu.Item leftSection={<IconDeviceFloppy size={15} />} onClick={() => change.save(view, settingsOf(state), state)}>
          {texts.saveChanges}
        </Menu.Item>
      ) : null}
      {isMine ? (
        <Menu.Item leftSection={<IconPencil size={15} />} onClick={() => onForm(view)}>
          {texts.edit}
        </Menu.Item>
      ) : null}
      <Menu.Item
        leftSection={view.isDefault ? <IconStarOff size={15} /> : <IconStar size={15} />}
        onClick={() => change.save(view, { isDefault: !view.isDefault }, null)}
      >
        {view.isDefault ? texts.unmakeDefault : texts.makeDefault}
      </Menu.Item>
      <Menu.Item leftSection={<IconLink size={15} />} onClick={() => void copyLink(view)}>
        {texts.copyLink}
      </Menu.Item>
      {isMine ? (
        <Menu.Item leftSection={<IconTrash size={15} />} onClick={() => change.remove(view, state)}>
          {texts.delete}
        </Menu.Item>
      ) : null}
    </>
  );
}

/** The address of a view as it is saved, for whoever may see it. */
async function copyLink({ id }: View): Promise<void> {
  await navigator.clipboard.writeText(`${location.origin}${location.pathname}?view=${id}`);
  notifications.show({ message: texts.linkCopied });
}

function useChangeView(object: Listed) {
  const client = useQueryClient();
  const read = () => client.invalidateQueries({ queryKey: viewsQuery(object).queryKey });
  const onError = (error: Error) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(error) });
  const patch = useMutation({
    mutationFn: ({ view, body }: { view: View; body: object }) =>
      call<View>('PATCH', `/views/${view.id}`, { body, version: view.version }),
    onError,
    onSettled: read,
  });
  const remove = useMutation({
    mutationFn: (view: View) => call<void>('DELETE', `/views/${view.id}`, { version: view.version }),
    onError,
    onSettled: read,
  });
  return {
    /** Saves a part of a view; the list then shows it as it is saved. */
    save: (view: View, body: object, state: ListState | null) =>
      patch.mutate(
        { view, body },
        {
          onSuccess: async (saved) => {
            await read();
            state?.show(saved);
            notifications.show({ message: texts.saved(saved.name) });
          },
        },
      ),
    remove: (view: View, state: ListState) =>
      remove.mutate(view, {
        onSuccess: () => {
          state.show(null);
          notifications.show({ message: texts.deleted(view.name) });
        },
      }),
  };
}
