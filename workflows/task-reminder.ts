import { proxyActivities } from '@temporalio/workflow';
import type { TaskActivities } from '../workers/activities/tasks.ts';
import { type Watched, watchOver } from './entity.ts';

const { lookAtTask } = proxyActivities<TaskActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

/** The clock of a task with a due date (`task-<id>`): its assignee is told when it comes due. Ends when there is nothing left to do. */
export const taskReminder = (task: Watched): Promise<void> => watchOver(task, lookAtTask);
