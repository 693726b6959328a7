import { Migration } from '@mikro-orm/migrations';

/** What the sums of a pipeline are made of, so that they are read from the index alone. */
export class DealSums extends Migration {
  override up(): void {
    this.addSql(`
create index deals_summed on deals (pipeline_id, stage_id, currency)
  include (probability, expected_close_date, status, amount, owner_id, id) where deleted_at is null;
`);
  }
}
