/** Expands an IMAP sequence set (`1:3,7`) into ascending-as-written numbers. */
export function expandUids(set: string): number[] {
  const uids: number[] = [];
  for (const part of set.split(',')) {
    if (part === '') continue;
    const [first = 0, last = first] = part.split(':').map(Number);
    for (let uid = Math.min(first, last); uid <= Math.max(first, last); uid += 1) uids.push(uid);
  }
  return uids;
}

/** Writes UIDs in any order as a sequence set, runs joined: `[3, 1, 2, 9]` gives `1:3,9`. */
export function uidRanges(uids: number[]): string {
  const sorted = Uint32Array.from(uids).sort();
  const parts: string[] = [];
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (end + 1 < sorted.length && sorted[end + 1]! - sorted[end]! <= 1) end += 1;
    parts.push(sorted[start] === sorted[end] ? `${sorted[start]}` : `${sorted[start]}:${sorted[end]}`);
    start = end + 1;
  }
  return parts.join(',');
}
