import type { Task } from '../records.ts';
import { startOfDay } from '../times.ts';

/** A day from today in the viewer's zone, such as `2026-01-31`. */
export const dayIn = (days: number): string => localDay(startOfDay(days));

const two = (n: number): string => String(n).padStart(2, '0');

const localDay = (date: Date): string => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

/** When a task is due as a form has it: a day, and a time unless it is for the whole day. */
export interface Due {
  day: string | null;
  time: string;
}

/** When a task is due, in the viewer's zone. */
export function dueOf({ dueDate, dueDay }: Pick<Task, 'dueDate' | 'dueDay'>): Due {
  if (dueDay !== null || dueDate === null) return { day: dueDay, time: '' };
  const date = new Date(dueDate);
  return { day: localDay(date), time: `${two(date.getHours())}:${two(date.getMinutes())}` };
}

/** The same as the API takes it. */
export function dueFields({ day, time }: Due): { dueDate: string | null } | { dueDay: string } {
  if (day === null || day === '') return { dueDate: null };
  return time === '' ? { dueDay: day } : { dueDate: new Date(`${day}T${time}`).toISOString() };
}

/** A task's due date put off to a day from today; one with a time keeps it. */
export const putOff = (task: Task, days: number) => dueFields({ ...dueOf(task), day: dayIn(days) });

/** Whether a task is late: its time is over, or its day. */
export const isLate = ({ dueDate, dueDay }: Task): boolean =>
  dueDay === null ? dueDate !== null && Date.parse(dueDate) < Date.now() : dueDay < dayIn(0);
