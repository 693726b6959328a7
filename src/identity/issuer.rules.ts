/** Microsoft's clouds, whose first path segment is the tenant. */
const microsoft = /^https:\/\/(login\.microsoftonline\.(com|us)|login\.partner\.microsoftonline\.cn|sts\.windows\.net)\//i;
/** Its words for more than one tenant: of work, of anybody, of private persons. */
const manyTenants = /^https:\/\/[^/]+\/(common|organizations|consumers)(\/|$)/i;

/**
 * Whether an issuer stands for many organisations: a template, such as Microsoft's `https://login.microsoftonline.com/{tenantid}/v2.0`, or
 * one of its words for all of them. A hub is of one, and whoever administers another could vouch for addresses that are not theirs.
 */
export const isOfManyTenants = (issuer: string): boolean =>
  /[{}]|%7[bd]/i.test(issuer) || (isMicrosoft(issuer) && manyTenants.test(issuer));

/** Whether an issuer is a tenant of Microsoft Entra ID. */
export const isMicrosoft = (issuer: string): boolean => microsoft.test(issuer);
