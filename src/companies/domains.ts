import type { HeldNames } from '../held-names.ts';
import { hostOf } from './domain.rules.ts';

/** Domains of companies, which are kept as their hosts alone. */
export const domains: HeldNames = {
  object: 'company',
  records: 'companies',
  title: 'companies.name',
  table: 'company_domains',
  holder: 'company_id',
  typed: 'domain',
  normal: 'domain',
  primary: 'domain',
  others: 'otherDomains',
  normalise: hostOf,
  taken: { code: 'company_domain_taken', message: 'This domain already belongs to a company.' },
  invalid: { code: 'invalid_domain', message: 'must be a domain such as example.com' },
};
