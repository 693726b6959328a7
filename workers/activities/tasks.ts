import { rootCause, type Services, systemActor, transact } from '../../src/context.ts';
import { notify } from '../../src/notifications/notifications.ts';
import { lookAtTask } from '../../src/tasks/due.ts';
import type { Look, Looked } from './deals.ts';

/** What task reminders do. */
export const taskActivities = (services: Services) => ({
  /** Looks at a task as it stands, and reminds the assignee, or tells them that it is due: all in one transaction. */
  async lookAtTask({ id, atMs }: Look): Promise<Looked> {
    const doing = { actor: systemActor, cause: rootCause({ kind: 'workflow' }) };
    const { due, ...looked } = await transact(services, doing, async (ctx) => {
      const look = await lookAtTask(ctx, id, atMs);
      if (look.due?.assignedTo != null) {
        const { assignedTo, kind, subject, basis } = look.due;
        await notify(ctx, { userId: assignedTo, kind, recordType: 'task', recordId: id, subject, basis });
      }
      return look;
    });
    return looked;
  },
});

export type TaskActivities = ReturnType<typeof taskActivities>;
