export { contactErasure } from './contact-erasure.ts';
export { dealLifecycle } from './deal-lifecycle.ts';
export { taskReminder } from './task-reminder.ts';
