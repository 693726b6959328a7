import { Migration } from '@mikro-orm/migrations';

/** What the caller's role let them see when an answer was stored; an answer of before is given again to nobody. */
export class AnsweredRights extends Migration {
  override up(): void {
    this.addSql('alter table idempotency_keys add column rights_hash bytea;');
  }
}
