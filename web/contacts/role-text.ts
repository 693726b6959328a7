import { texts as shared } from '../texts.ts';
import { dayOf } from '../times.ts';

interface Held {
  role: string | null;
  from: string | null;
  until: string | null;
}

/** What somebody is or was in a company, and when: `Advisor · Jan 1, 2020 – Dec 31, 2021`. Empty when nothing is known. */
export function roleText({ role, from, until }: Held): string {
  const days = from === null && until === null ? null : shared.days(from && dayOf(from), until && dayOf(until));
  return [role, days].filter(Boolean).join(' · ');
}
