import { domainToASCII } from 'node:url';

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?';
const host = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})+$`);

/** Host of what people type for a domain: scheme, account, www, port, path and case dropped, as A-labels (IDNA). Null when there is none in it. */
export function hostOf(domain: string | null | undefined): string | null {
  const typed = (domain ?? '')
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
    .replace(/[/?#].*$/s, '')
    .replace(/^.*@/s, '')
    .replace(/:\d*$/, '')
    .replace(/^www\.(?=[^.]+\.)/, '')
    .replace(/\.$/, '');
  const ascii = domainToASCII(typed);
  return host.test(ascii) ? ascii : null;
}
