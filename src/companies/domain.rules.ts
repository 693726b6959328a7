/** Host of what people type for a domain: scheme, www, path and case dropped. */
export function hostOf(domain: string | null | undefined): string | null {
  if (!domain) return null;
  return (
    domain
      .trim()
      .toLowerCase()
      .replace(/^[a-z]+:\/\//, '')
      .replace(/^www\./, '')
      .replace(/[/:?#].*$/, '')
      .replace(/\.$/, '') || null
  );
}
