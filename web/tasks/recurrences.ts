import { texts } from './texts.ts';

/** How a task may come again, by its RFC 5545 rule. */
const rules: Readonly<Record<string, string>> = {
  'FREQ=DAILY': texts.daily,
  'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR': texts.workdays,
  'FREQ=WEEKLY': texts.weekly,
  'FREQ=WEEKLY;INTERVAL=2': texts.fortnightly,
  'FREQ=MONTHLY': texts.monthly,
  'FREQ=MONTHLY;BYMONTHDAY=-1': texts.monthEnd,
  'FREQ=YEARLY': texts.yearly,
};

/** The rule in words, where it is one of those offered. */
export const ruleName = (rule: string): string => rules[rule] ?? rule;

/** What is offered, and the task's own rule when it is another. */
export const ruleChoices = (own: string | null) =>
  [...new Set([...Object.keys(rules), ...(own === null ? [] : [own])])].map((value) => ({ value, label: ruleName(value) }));

const offered = [10, 60, 1_440, 10_080];

/** Minutes before as words. */
function before(minutes: number): string {
  const [size, unit] = minutes % 1_440 === 0 ? [1_440, 'day'] : minutes % 60 === 0 ? [60, 'hour'] : [1, 'minute'];
  return texts.before(minutes / size, unit);
}

/** What is offered to be reminded, and the task's own reminders when they are others. */
export const reminderChoices = (own: readonly number[]) =>
  [...new Set([...offered, ...own])].sort((a, b) => a - b).map((minutes) => ({ value: String(minutes), label: before(minutes) }));
