/** What a process may play; any subset, in any number of processes. */
export const roles = ['api', 'relay', 'workflows', 'jobs', 'mail'] as const;
export type Role = (typeof roles)[number];

/** Where the engines are. The workflow engine's address may become known later: it is obtained while the hub is already up. */
export interface Engines {
  databaseUrl: string;
  redisUrl: string | undefined;
  temporal: { address(): string | undefined; state(): string };
}

/** Connections of the pool that a process with these roles may open; the README adds them up. */
export const poolSizeOf = (played: readonly Role[]): number => 4 + 4 * played.length;
