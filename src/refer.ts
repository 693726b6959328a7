import type { Context } from './context.ts';
import { AppError } from './errors.ts';
import { identify } from './external-ids.ts';
import type { Matched, Resolved } from './match.schema.ts';
import { findMatch, withMatch } from './match.ts';
import type { ObjectType } from './objects.ts';

/** What a field points to, and how it is made when it is asked for and not there. */
export interface Target {
  type: ObjectType;
  /** Makes one through its own deed and returns its id. Throws 400 for values that do not fit, and what the deed throws. */
  create?(ctx: Context, values: Record<string, unknown>): Promise<string>;
}

type Referred<Input, Field extends keyof Input> = {
  [Name in keyof Input]: Name extends Field ? Resolved<Input[Name]> : Input[Name];
};

/**
 * An input in which records told by a match are the ids of the records, found as the caller sees them or made. At the top of each deed that
 * takes ids; costs nothing where ids are given. Throws 400 `reference_not_found`, `unknown_match` and `invalid_match`, 409 `several_match`,
 * and what making throws, with pointers into the input.
 */
export async function refer<Input extends object, Field extends keyof Input & string>(
  ctx: Context,
  input: Input,
  targets: Readonly<Record<Field, Target>>,
): Promise<Referred<Input, Field>> {
  const found: Partial<Record<Field, unknown>> = {};
  for (const [field, target] of Object.entries(targets) as [Field, Target][]) {
    const value: unknown = input[field];
    if (Array.isArray(value) && value.some(isMatched)) {
      const ids: unknown[] = [];
      for (const [n, one] of value.entries())
        ids.push(isMatched(one) ? await resolve(ctx, target, { matched: one, pointer: `/${field}/${n}` }) : one);
      found[field] = ids;
    } else if (isMatched(value)) found[field] = await resolve(ctx, target, { matched: value, pointer: `/${field}` });
  }
  return { ...input, ...found } as Referred<Input, Field>; // what was told by a match is an id now
}

const isMatched = (value: unknown): value is Matched => typeof value === 'object' && value !== null && 'match' in value;

async function resolve(
  ctx: Context,
  target: Target,
  { matched: { match, create }, pointer }: { matched: Matched; pointer: string },
): Promise<string> {
  const { type } = target;
  const id = await findMatch(ctx, type, { match, pointer: `${pointer}/match`, hold: create !== undefined });
  if (id !== undefined) return id;
  if (create === undefined || target.create === undefined) {
    const message = `There is no ${type.object} that matches; say what to create when there is none.`;
    const errors = [{ pointer: `${pointer}/match`, code: 'reference_not_found', message }];
    throw new AppError('reference_not_found', 400, message, { errors });
  }
  try {
    const made = await target.create(ctx, withMatch(create, match));
    if (match.externalId !== undefined) await identify(ctx, type, { id: made, key: match.externalId });
    return made;
  } catch (error) {
    throw error instanceof AppError ? within(error, `${pointer}/create`) : error;
  }
}

function within(error: AppError, pointer: string): AppError {
  const errors = error.details.errors?.map((one) => ({ ...one, pointer: `${pointer}${one.pointer}` }));
  return errors === undefined
    ? error
    : new AppError(error.code, error.status, error.message, { ...error.details, errors }, error);
}
