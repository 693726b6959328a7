import type { CustomField, CustomFields, CustomFieldsPort } from '../custom-fields.ts';
import { prepared } from '../plans.ts';
import type { Ports } from '../ports.ts';

/** How long definitions are remembered when no news of them is heard; bounds what a lost connection to the log can hide. */
const rememberedMs = 3_000;

const all = prepared<{ generation: number; fields: CustomField[] }>(
  'custom_fields_all',
  `select coalesce(sum(version), 0)::float8 as generation, coalesce(json_agg(json_build_object('id', id, 'object', entity_type,
     'name', field_name, 'label', field_label, 'type', field_type, 'options', options, 'recordType', record_type,
     'required', required, 'unique', is_unique, 'archived', archived_at is not null) order by position, field_name), '[]') as fields
   from custom_fields`,
);

/**
 * Remembers the definitions for a few seconds, so that reads and plain writes ask nothing. Each change of one is in the log, and makes
 * this process forget them at once; writes of values name the generation they must not be older than.
 */
export function rememberCustomFields(
  { commits, live }: Pick<Ports, 'commits' | 'live'>,
  types: CustomFieldsPort['types'],
): CustomFieldsPort {
  let known: { fields: CustomFields; untilMs: number } | undefined;
  const forget = (events: readonly { recordType: string }[]) => {
    if (events.some((event) => event.recordType === 'custom_field')) known = undefined;
  };
  commits.subscribe(forget);
  live.subscribe(forget);
  return {
    types,
    async current(db, atLeast = 0) {
      const nowMs = performance.now();
      if (known !== undefined && known.untilMs > nowMs && known.fields.generation >= atLeast) return known.fields;
      const [row] = await all(db, []);
      const { generation, fields } = row as NonNullable<typeof row>; // an aggregate without group by gives one row
      known = { fields: { generation, of: byObject(fields) }, untilMs: nowMs + rememberedMs };
      return known.fields;
    },
  };
}

function byObject(fields: readonly CustomField[]): CustomFields['of'] {
  const of = (object: string) => new Map(fields.filter((field) => field.object === object).map((field) => [field.name, field]));
  return { contact: of('contact'), company: of('company'), deal: of('deal'), activity: of('activity'), task: of('task') };
}
