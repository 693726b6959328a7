import { Migration } from '@mikro-orm/migrations';

/** Deleted stages and pipelines stay for the stage history of deals; their keys and names are free again. */
export class DeletedStages extends Migration {
  override up(): void {
    this.addSql(`
alter table stages add column deleted_at timestamptz;
alter table stages drop constraint stages_pipeline_id_key_key;
create unique index stages_live_key on stages (pipeline_id, key) where deleted_at is null;
alter table pipelines add column deleted_at timestamptz;
drop index pipelines_name_key;
create unique index pipelines_name_key on pipelines (lower(name)) where deleted_at is null;
`);
  }
}
