export { dealLifecycle } from './deal-lifecycle.ts';
export { taskReminder } from './task-reminder.ts';
