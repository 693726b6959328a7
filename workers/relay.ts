import type { Consumer } from '../src/consumers.ts';
import { webhooksConsumer } from '../src/webhooks/outbox.ts';

/** Everything that hangs on the log, each with its own cursor. */
export const consumers: readonly Consumer[] = [webhooksConsumer];
