import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { claimEffect, recordRun } from '../runs.ts';
import { type Attention, type Freshness, freshnessOf, isRotten } from './rot.rules.ts';

/** A deal that has just begun to rot, and whose owner is to be told. `basis` is the instant its patience counted from. */
export interface Rotted {
  dealId: string;
  ownerId: string | null;
  subject: string;
  basis: string;
}

/** What a look at a deal found: over (closed, deleted), or when to look again (null: at the next poke); and whether it rotted just now. */
export interface DealLook {
  over: boolean;
  step: string;
  wakeAtMs: number | null;
  rotted: Rotted | null;
}

interface Standing extends Attention {
  name: string;
  status: string;
  stage: string;
  stageName: string;
  ownerId: string | null;
  rottingSinceMs: number | null;
}

/**
 * Looks at a deal as it stands and does what is due at `atMs`, the workflow's clock: marks a deal that rots and emits `deal.rotted`,
 * once per stretch of quiet; clears the mark of one that is fresh. Writes the run's row. A look too early or too often is harmless.
 */
export async function lookAtDeal(ctx: Context, dealId: string, atMs: number): Promise<DealLook> {
  const deal = await standing(ctx, dealId);
  if (deal === undefined || deal.status !== 'open') {
    const step = deal === undefined ? 'The deal was deleted' : `The deal is ${deal.status}`;
    if (deal?.rottingSinceMs != null) await markRotting(ctx, dealId, null);
    await recordRun(ctx, { kind: 'deal', recordId: dealId, state: 'completed', step, since: null, next: null, wakeAt: null });
    return { over: true, step, wakeAtMs: null, rotted: null };
  }
  const freshness = freshnessOf(deal);
  const rotten = isRotten(freshness, atMs);
  const rottingSinceMs = rotten ? freshness.rotsAtMs : null;
  if (rottingSinceMs !== deal.rottingSinceMs) await markRotting(ctx, dealId, instantOf(rottingSinceMs));
  const words = rotten ? rottenWords(deal, freshness) : freshWords(deal, freshness);
  await recordRun(ctx, { kind: 'deal', recordId: dealId, state: 'running', ...words });
  const rotted = rotten ? await beginToRot(ctx, { dealId, deal, freshness }) : null;
  return { over: false, step: words.step, wakeAtMs: words.wakeAt?.getTime() ?? null, rotted };
}

/** The live deal with what keeps it fresh, locked. */
async function standing(ctx: Context, dealId: string): Promise<Standing | undefined> {
  return rowOf<Standing>(
    ctx,
    SQL`select deals.name, deals.status, deals.owner_id as "ownerId", stages.key as stage, stages.name as "stageName",
          stages.rot_days as "rotDays", ${ms('deals.rotting_since')} as "rottingSinceMs", ${ms('deals.stage_entered_at')} as "stageEnteredAtMs",
          ${ms("greatest(deals.last_activity_at, (select max(completed_at) from tasks where deal_id = deals.id and deleted_at is null and status = 'completed'))")} as "lastActivityAtMs",
          ${ms("(select max(due_date) from tasks where deal_id = deals.id and deleted_at is null and status in ('pending', 'in_progress'))")} as "plannedUntilMs"
        from deals join stages on stages.id = deals.stage_id
        where deals.id = ${dealId} and deals.deleted_at is null for update of deals`,
  );
}

/** An instant column as whole milliseconds, rounded up: a deal rots never early. */
const ms = (expression: string) => SQL.raw(`ceil(extract(epoch from ${expression}) * 1000)::float8`);

const instantOf = (atMs: number | null): Date | null => (atMs === null ? null : new Date(atMs));

/** Derived, by SQL alone: touches neither version nor updated_at. */
async function markRotting(ctx: Context, dealId: string, since: Date | null): Promise<void> {
  await rowsOf(ctx, SQL`update deals set rotting_since = ${since} where id = ${dealId}`);
}

interface Rotting {
  dealId: string;
  deal: Standing;
  freshness: Freshness;
}

async function beginToRot(ctx: Context, { dealId, deal, freshness }: Rotting): Promise<Rotted | null> {
  const basis = new Date(freshness.freshSinceMs).toISOString();
  if (!(await claimEffect(ctx, { kind: 'deal', recordId: dealId, effect: 'rotted', basis }))) return null;
  emit(ctx, 'deal.rotted', { dealId, stage: deal.stage, since: instantOf(freshness.rotsAtMs)?.toISOString() ?? basis });
  return { dealId, ownerId: deal.ownerId, subject: `${deal.name} is rotting in ${deal.stageName}`, basis };
}

function freshWords(deal: Standing, { freshSinceMs, rotsAtMs }: Freshness) {
  const step = `Waiting for an activity, in stage ${deal.stageName}`;
  const next = rotsAtMs === null ? null : 'The deal is marked as rotting and its owner is told';
  return { step, since: instantOf(freshSinceMs), next, wakeAt: instantOf(rotsAtMs) };
}

function rottenWords(deal: Standing, { rotsAtMs }: Freshness) {
  const step = `Rotting in stage ${deal.stageName}, waiting for an activity`;
  const next = 'An activity, a planned task or a move to another stage makes it fresh again';
  return { step, since: instantOf(rotsAtMs), next, wakeAt: null };
}
