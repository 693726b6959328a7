import { Migration } from '@mikro-orm/migrations';

/** Each pipeline says which reasons there are for a won and for a lost deal, and whether closing asks for one. */
export class ClosingReasons extends Migration {
  override up(): void {
    this.addSql(`
alter table pipelines
  add column won_reasons text[] not null default '{}',
  add column lost_reasons text[] not null default '{}',
  add column won_reason_required boolean not null default false,
  add column lost_reason_required boolean not null default false;
create unique index pipelines_name_key on pipelines (lower(name));
`);
  }
}
