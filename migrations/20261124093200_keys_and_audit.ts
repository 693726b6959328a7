import { Migration } from '@mikro-orm/migrations';

/** Scopes and rotation of API keys; the log as an audit that nobody rewrites. */
export class KeysAndAudit extends Migration {
  override up(): void {
    this.addSql(keys);
    this.addSql(audit);
    this.addSql(guard);
  }
}

/** A key that acts as a user has that user's role, whatever it is at the time. */
const keys = `
alter table api_keys
  alter column role_key drop not null,
  add column scopes jsonb,
  add column previous_secret_hash bytea,
  add column previous_secret_until timestamptz;
update api_keys set role_key = null where user_id is not null;
alter table webhook_endpoints add column scopes jsonb;
`;

/** Rows come into these indexes when they get their position, so that a change's own transaction does not pay for them. */
const audit = `
create index events_by_actor on events (actor_id, position desc) where position is not null;
create index events_of_access on events (position desc)
  where position is not null and record_type in ('user', 'api_key', 'role', 'team', 'export');
create index events_at on events using brin (at);
`;

/**
 * Position apart, a log row never changes, and none goes away, save where a transaction says that it is retention's or an erasure's work:
 * set_config('throughline.log_change', 'retention' | 'erasure', true).
 */
const guard = `
create function keep_the_log() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('throughline.log_change', true), '') in ('retention', 'erasure') then
    return null;
  end if;
  raise exception 'Rows of the log are neither changed nor deleted.' using errcode = 'insufficient_privilege';
end $$;
create trigger events_keep_update
  before update of id, seq, type, record_type, record_id, at, actor_kind, actor_id, cause_id, correlation_id, origin, door, data on events
  for each statement execute function keep_the_log();
create trigger events_keep_delete before delete on events for each statement execute function keep_the_log();
create trigger events_keep_truncate before truncate on events for each statement execute function keep_the_log();
`;
