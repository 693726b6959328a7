import { isMicrosoft } from './issuer.rules.ts';
import type { ProviderRule } from './provider.schema.ts';

type Claims = Readonly<Record<string, unknown>>;

/** What the rules of a provider make of somebody. */
export interface Standing {
  /** Of the first rule that gives one; undefined when none does. */
  role: string | undefined;
  /** Whether some rule could have given a role. */
  rolesAreRuled: boolean;
  teams: string[];
  /** Teams that a rule names and that are not for them. */
  otherTeams: string[];
}

/** Reads claims by a provider's rules. A claim that is a list has each of its values; numbers and booleans count as written. */
export function standingOf(claims: Claims, rules: readonly ProviderRule[]): Standing {
  const matching = rules.filter(({ claim, value }) => valuesOf(claims, claim).includes(value));
  const teamsOf = (some: readonly ProviderRule[]) => [...new Set(some.flatMap(({ teamId }) => teamId ?? []))];
  const teams = teamsOf(matching);
  return {
    role: matching.find(({ role }) => (role ?? null) !== null)?.role ?? undefined,
    rolesAreRuled: rules.some(({ role }) => (role ?? null) !== null),
    teams,
    otherTeams: teamsOf(rules).filter((team) => !teams.includes(team)),
  };
}

function valuesOf(claims: Claims, claim: string): string[] {
  if (!Object.hasOwn(claims, claim)) return [];
  const value = claims[claim];
  return (Array.isArray(value) ? value : [value])
    .filter((one) => ['string', 'number', 'boolean'].includes(typeof one))
    .map(String);
}

/**
 * The address that a provider vouches for, in small letters: undefined when it is not verified. A tenant of Microsoft's vouches by
 * `xms_edov`, an optional claim of the app's registration: that the domain of the address is the tenant's. Only ASCII with one @: letters of other
 * scripts that look or fold alike (`K` of Kelvin is `k` in small letters) must not lead to somebody else's account.
 */
export function verifiedAddress(issuer: string, claims: Claims): { email: string; domain: string } | undefined {
  const { email, email_verified, xms_edov } = claims;
  const isVouchedFor = email_verified === true || (isMicrosoft(issuer) && [true, 1, '1', 'true'].some((yes) => yes === xms_edov));
  if (!isVouchedFor || typeof email !== 'string' || email.length > 254) return undefined;
  const domain = /^[\x21-\x3f\x41-\x7e]+@([a-z0-9.-]+)$/i.exec(email)?.[1];
  return domain === undefined ? undefined : { email: email.toLowerCase(), domain: domain.toLowerCase() };
}

/** The name of somebody as their claims have it, else their address. */
export function nameOf({ name, given_name, family_name }: Claims, email: string): string {
  const whole = [given_name, family_name].filter((part) => typeof part === 'string').join(' ');
  const found = [name, whole].find((part): part is string => typeof part === 'string' && part.trim() !== '') ?? email;
  return found.toWellFormed().replaceAll('\u0000', '').trim().slice(0, 200).toWellFormed() || email;
}
