import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { accepts } from '../../bin/stack/process.ts';
import { startRedis } from '../support/servers/redis.ts';

test('the Redis of the tests answers, evicts nothing, and is gone after its stop', async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  onTestFinished(() => redis.disconnect());
  expect(await redis.ping()).toBe('PONG');
  expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  redis.disconnect();
  await server.stop();
  expect(await accepts(Number(new URL(server.url).port))).toBe(false);
});
