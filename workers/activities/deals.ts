import { rootCause, type Services, systemActor, transact } from '../../src/context.ts';
import { lookAtDeal } from '../../src/deals/rotting.ts';
import { notify } from '../../src/notifications/notifications.ts';

/** Which record to look at, and the workflow's now in milliseconds: it decides what is due. */
export interface Look {
  id: string;
  atMs: number;
}

/** What a workflow learns from a look: whether it is over, and when to look again (null: at the next poke). */
export interface Looked {
  over: boolean;
  step: string;
  wakeAtMs: number | null;
}

/** What the deal lifecycle does. */
export const dealActivities = (services: Services) => ({
  /** Looks at a deal as it stands, does what is due, and tells the owner of one that has begun to rot: all in one transaction. */
  async lookAtDeal({ id, atMs }: Look): Promise<Looked> {
    const doing = { actor: systemActor, cause: rootCause({ kind: 'workflow' }) };
    const { rotted, ...looked } = await transact(services, doing, async (ctx) => {
      const look = await lookAtDeal(ctx, id, atMs);
      if (look.rotted?.ownerId != null) {
        const { ownerId, subject, basis } = look.rotted;
        await notify(ctx, { userId: ownerId, kind: 'deal_rotting', recordType: 'deal', recordId: id, subject, basis });
      }
      return look;
    });
    return looked;
  },
});

export type DealActivities = ReturnType<typeof dealActivities>;
