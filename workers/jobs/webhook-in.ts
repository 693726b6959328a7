import { reading, rootCause, type Services, systemActor, transact } from '../../src/context.ts';
import { AppError, isUnavailable } from '../../src/errors.ts';
import { isLastAttempt, type Job, type JobHandler } from '../../src/queues.ts';
import {
  applyReceipt,
  failReceipt,
  mapReceipt,
  onBehalfOf,
  type WaitingReceipt,
  waitingReceipt,
} from '../../src/webhooks/apply-receipt.ts';

/** Puts a receipt through its source's mapping and does what comes out. What the mapping's author must mend is shown on the receipt. */
export const receiveWebhook: JobHandler = async (services, job) => {
  const doing = { actor: systemActor, cause: rootCause({ kind: 'job' }) };
  const receipt = await reading(services, doing, (ctx) => waitingReceipt(ctx, String(job.data.receiptId)));
  if (receipt === undefined) return undefined;
  try {
    const output = await mapReceipt(services.ports.evaluator, receipt);
    await transact(services, onBehalfOf(receipt), (ctx) => applyReceipt(ctx, receipt, output));
  } catch (error) {
    const decision = decisionOf(error, job);
    if (decision === undefined) throw error;
    await fail(services, receipt, decision);
  }
  return undefined;
};

/** Accidents are tried again, up to the last time. */
function decisionOf(error: unknown, job: Job): { code: string; message: string } | undefined {
  if (isUnavailable(error)) return undefined;
  if (error instanceof AppError) return error;
  return isLastAttempt(job)
    ? { code: 'internal_error', message: 'Something went wrong on our side, again and again.' }
    : undefined;
}

const fail = (services: Services, receipt: WaitingReceipt, decision: { code: string; message: string }) =>
  transact(services, onBehalfOf(receipt), (ctx) => failReceipt(ctx, receipt, decision));
