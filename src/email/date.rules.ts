const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec';
const ZONES: Record<string, number> = { EST: -300, EDT: -240, CST: -360, CDT: -300, MST: -420, MDT: -360, PST: -480, PDT: -420 };
const DATE =
  /(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]*[\s-]+(\d{2,4})[\s,]+(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2}))?\s*([+-]\d{4}|[A-Za-z]{1,5})?/;
const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?/;

/**
 * Reads a Date field (RFC 5322 with its obsolete forms, and ISO 8601), without a zone as UTC. Null when it is no date:
 * `Date.parse` would take much nonsense, and local time for what has no zone.
 */
export function readDate(field: string): Date | null {
  const [, day, month, year, hour, minute, second = '0', zone = ''] = DATE.exec(field) ?? [];
  if (month !== undefined) {
    const index = MONTHS.indexOf(month.toLowerCase());
    if (index < 0 || index % 3 !== 0) return null;
    return moment([fullYear(year!), index / 3, Number(day), Number(hour), Number(minute), Number(second)], offsetOf(zone));
  }
  const iso = ISO.exec(field.trim());
  if (!iso) return null;
  const [y, mo, d, h, mi, s] = iso.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return moment([y, mo - 1, d, h, mi, s], offsetOf((iso[7] ?? '').replace(':', '')));
}

/**
 * When a message was sent: its Date field, unless that is missing, older than mail itself, or more than two days after it
 * arrived; then its arrival.
 */
export function sentAt(headerDate: Date | null, internalDate: Date): Date {
  if (headerDate === null || headerDate.getTime() < Date.UTC(1980, 0, 1)) return internalDate;
  return headerDate.getTime() > internalDate.getTime() + 2 * 86_400_000 ? internalDate : headerDate;
}

function moment(parts: [number, number, number, number, number, number], offsetMinutes: number): Date | null {
  const [, month, day, hour, minute, second] = parts;
  if (month > 11 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return null;
  const time = Date.UTC(...parts) - offsetMinutes * 60_000;
  return Number.isFinite(time) ? new Date(time) : null;
}

/** Two digits as RFC 5322, 4.3 says: 00 to 49 are of this century; three digits count from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return digits.length === 3 ? 1900 + year : year;
}

function offsetOf(zone: string): number {
  if (/^[+-]\d{4}$/.test(zone)) {
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
    return minutes > 14 * 60 ? 0 : zone.startsWith('-') ? -minutes : minutes;
  }
  return ZONES[zone.toUpperCase()] ?? 0;
}
