import { defineEntity, p } from '@mikro-orm/core';
import { invalidField } from '../errors.ts';

const DealSchema = defineEntity({
  name: 'Deal',
  tableName: 'deals',
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    amount: p.text().nullable().columnType('numeric(15,2)'),
    currency: p.text(),
    pipelineId: p.uuid(),
    stageId: p.uuid(),
    status: p.text().$type<DealStatus>(),
    probability: p.integer(),
    probabilityFixed: p.boolean(),
    position: p.double(),
    stageEnteredAt: p.datetime(),
    expectedCloseDate: p.text().nullable().columnType('date'),
    actualCloseDate: p.text().nullable().columnType('date'),
    contactId: p.uuid().nullable(),
    companyId: p.uuid().nullable(),
    ownerId: p.uuid().nullable(),
    wonReason: p.text().nullable(),
    lostReason: p.text().nullable(),
    customFields: p.json<Record<string, unknown>>(),
    tagIds: p.array().columnType('uuid[]'),
    searchText: p.text().lazy(), // written, never read; and so a select names its columns rather than take the search vector too
    deletedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    version: p.integer(),
  },
});

export type DealStatus = 'open' | 'won' | 'lost';

/** A stage of a pipeline: its kind says what a deal in it is. */
export interface Stage {
  id: string;
  pipelineId: string;
  key: string;
  name: string;
  kind: DealStatus;
  probability: number;
  /** What a deal may enter it for: one of these when there are any, and whether a reason is asked for. */
  reasons: readonly string[];
  reasonRequired: boolean;
}

/** A deal. Stage kind, status and probability never disagree: `enter` is the only way to change any of them. */
export class Deal extends DealSchema.class {
  /**
   * Puts the deal into a stage, of another pipeline too: closing, reopening or moving on, as the stage's kind says. One that is closed the same
   * way as before keeps its day, and its reason unless another is given. Counts one edit.
   */
  enter(stage: Stage, now: Date, given: string | null): void {
    const staysClosed = stage.kind !== 'open' && stage.kind === this.status;
    const reason = given ?? (staysClosed ? (this.wonReason ?? this.lostReason ?? null) : null);
    requireReason(stage, reason);
    const keepsFixed = this.probabilityFixed && stage.kind === 'open' && this.status === 'open';
    this.pipelineId = stage.pipelineId;
    this.stageId = stage.id;
    this.status = stage.kind;
    if (!keepsFixed) this.probability = stage.probability;
    if (stage.kind !== 'open') this.probabilityFixed = false;
    if (!staysClosed) this.actualCloseDate = stage.kind === 'open' ? null : now.toISOString().slice(0, 10);
    this.wonReason = stage.kind === 'won' ? reason : null;
    this.lostReason = stage.kind === 'lost' ? reason : null;
    this.stageEnteredAt = now;
    this.touch(now);
  }

  /** Counts one edit. */
  touch(now: Date): void {
    this.updatedAt = now;
    this.version += 1;
  }

  /** Folds what a search looks through. */
  refold(): void {
    this.searchText = this.name.toLowerCase();
  }
}
DealSchema.setClass(Deal);

function requireReason({ name, kind, reasons, reasonRequired }: Stage, reason: string | null): void {
  if (kind === 'open') return;
  const choice = reasons.length === 0 ? 'any text' : `one of: ${reasons.join(', ')}`;
  if (reason === null) {
    if (reasonRequired) throw invalidField('/reason', 'reason_required', `A deal enters ${name} with a reason: ${choice}.`);
  } else if (reasons.length > 0 && !reasons.includes(reason)) {
    throw invalidField('/reason', 'unknown_reason', `The reason must be ${choice}.`);
  }
}

export { DealSchema };
