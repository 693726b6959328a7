import type { RouteOptions } from 'fastify';
import { buildAppAlone } from '../support/app.ts';

/** Every route of the API (`GET /contacts/:id`) with the permission that it declares. */
export async function declaredPermissions(): Promise<Map<string, string>> {
  const declared = new Map<string, string>();
  const add = ({ method, url, config }: RouteOptions) => {
    const methods = [method].flat().filter((one) => one !== 'HEAD' && one !== 'OPTIONS');
    const { permission } = config ?? {};
    if (permission === undefined || !url.startsWith('/api/v1/') || url.endsWith('/openapi.json')) return;
    const words = typeof permission === 'string' ? permission : `${permission.object}:${permission.verb}`;
    for (const one of methods) declared.set(`${one} ${url.replace('/api/v1', '')}`, words);
  };
  const app = await buildAppAlone((fresh) => fresh.addHook('onRoute', add));
  await app.ready();
  await app.close();
  return declared;
}
