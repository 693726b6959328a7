import type { Consumer } from '../src/consumers.ts';
import { duplicatesConsumer } from '../src/duplicates/duplicates-consumer.ts';
import { lateMailConsumer } from '../src/email/late-mail.ts';
import { webhooksConsumer } from '../src/webhooks/outbox.ts';
import { workflowsConsumer } from './workflows-consumer.ts';

/** Everything that hangs on the log, each with its own cursor. */
export const consumers: readonly Consumer[] = [workflowsConsumer, webhooksConsumer, lateMailConsumer, duplicatesConsumer];
