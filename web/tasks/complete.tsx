import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call, messageOf } from '../api.ts';
import type { NextSteps, Task } from '../records.ts';
import { texts as shared } from '../texts.ts';
import type { NewTask } from './task-form.tsx';
import { texts } from './texts.ts';

/** Changes a task. */
export function useChangeTask() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ task, patch }: { task: Task; patch: object }) =>
      call<Task>('PATCH', `/tasks/${task.id}`, { body: patch, version: task.version }),
    onError: refused,
    onSettled: () => client.invalidateQueries({ queryKey: ['tasks'] }),
  });
}

const refused = (error: Error) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(error) });

/** How long there is time to take a completion back, or to plan what comes next. */
const offeredMs = 12_000;

/**
 * Completes a task, offers to take that back, and asks for the next step where what it was about is left without one. The list loses the
 * row of the task meanwhile, so all of it hangs on the page.
 */
export function useCompleteTask(onPlan: (next: NewTask) => void) {
  const client = useQueryClient();
  const change = useChangeTask();
  return useMutation({
    mutationFn: async (task: Task) => {
      const done = await call<Task>('PATCH', `/tasks/${task.id}`, { body: { status: 'completed' }, version: task.version });
      return { done, steps: await call<NextSteps>('GET', `/tasks/${task.id}/next-steps`) };
    },
    onError: refused,
    onSuccess: ({ done, steps }, task) => {
      const id = `task-${task.id}`;
      const then = (act: () => void) => () => {
        notifications.hide(id);
        act();
      };
      const { contactId, companyId, dealId } = task;
      const undo = then(() => change.mutate({ task: done, patch: { status: task.status } }));
      const plan = then(() => onPlan({ contactId, companyId, dealId }));
      notifications.show({
        id,
        title: texts.completed(task.title),
        autoClose: offeredMs,
        message: <Offer steps={steps} onUndo={undo} onPlan={plan} />,
      });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['tasks'] }),
  });
}

function Offer({ steps, onUndo, onPlan }: { steps: NextSteps; onUndo(): void; onPlan(): void }) {
  const about = steps.deal?.name ?? steps.contact?.name ?? '';
  return (
    <>
      {steps.nextTaskId === null ? null : <Text c="var(--mantine-color-text)">{texts.nextMade}</Text>}
      {steps.isNeeded ? <Text c="var(--mantine-color-text)">{texts.nothingPlanned(about)}</Text> : null}
      <Group gap="xs" mt={6}>
        {steps.isNeeded ? (
          <Button size="compact-sm" onClick={onPlan}>
            {texts.planNext}
          </Button>
        ) : null}
        <Button size="compact-sm" variant="light" onClick={onUndo}>
          {shared.undo}
        </Button>
      </Group>
    </>
  );
}
